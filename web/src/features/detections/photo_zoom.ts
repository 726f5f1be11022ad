import { kNoZoom, zoomAt, type Point, type Size, type Zoom } from "../../shared/geometry";

const kScaleMax = 5;
const kKeyFactor = 1.5;
const kWheelStep = 0.002; // of a pixel that the wheel is turned

/** Enlarges the photo inside its field: two fingers, Ctrl and the wheel, or the buttons that call `by`. */
export class PhotoZoom {
  private zoom: Zoom = kNoZoom;
  private readonly fingers = new Map<number, Point>();

  constructor(
    private readonly field: HTMLElement,
    private readonly layer: HTMLElement,
    private readonly on_change: (scale: number) => void,
  ) {
    field.addEventListener("pointerdown", (event) => this.down(event), { capture: true });
    field.addEventListener("pointermove", (event) => this.move(event), { capture: true });
    for (const kind of ["pointerup", "pointercancel", "pointerleave"] as const)
      field.addEventListener(kind, (event) => this.fingers.delete(event.pointerId));
    field.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  reset(): void {
    this.fingers.clear();
    this.set(kNoZoom);
  }

  /** One step nearer (1) or farther (-1), around the middle. */
  by(steps: number): void {
    const { width, height } = this.size();
    this.set(zoomAt(this.zoom, kKeyFactor ** steps, { x: width / 2, y: height / 2 }, { x: 0, y: 0 }, this.size(), kScaleMax));
  }

  private down(event: PointerEvent): void {
    if (event.pointerType === "touch") this.fingers.set(event.pointerId, this.place(event));
  }

  private move(event: PointerEvent): void {
    const before = this.fingers.get(event.pointerId);
    if (before === undefined) return;
    const now = this.place(event);
    const other = [...this.fingers].find(([id]) => id !== event.pointerId)?.[1];
    this.fingers.set(event.pointerId, now);
    const is_held = event.target instanceof Element && event.target.closest("[data-holds]") !== null;
    const is_drawing = this.field.classList.contains("is-drawing");
    if (other === undefined && (this.zoom.scale === 1 || is_held || is_drawing)) return;
    const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);
    const factor = other === undefined ? 1 : distance(now, other) / Math.max(distance(before, other), 1);
    const middle = other === undefined ? now : { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    const share = other === undefined ? 1 : 2; // each finger moves the middle by half its way
    const moved = { x: (now.x - before.x) / share, y: (now.y - before.y) / share };
    this.set(zoomAt(this.zoom, factor, middle, moved, this.size(), kScaleMax));
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey && this.zoom.scale === 1) return; // scrolls the page
    const factor = event.ctrlKey ? Math.exp(-event.deltaY * kWheelStep * 4) : 1;
    const moved = event.ctrlKey ? { x: 0, y: 0 } : { x: -event.deltaX, y: -event.deltaY };
    const next = zoomAt(this.zoom, factor, this.place(event), moved, this.size(), kScaleMax);
    const is_same = next.scale === this.zoom.scale && next.x === this.zoom.x && next.y === this.zoom.y;
    if (is_same && !event.ctrlKey) return; // at its edge: the page goes on
    event.preventDefault();
    this.set(next);
  }

  private set(zoom: Zoom): void {
    this.zoom = zoom;
    const { scale, x, y } = zoom;
    this.layer.style.transform = scale === 1 ? "" : `translate(${x}px, ${y}px) scale(${scale})`;
    this.layer.style.setProperty("--zoom", String(scale));
    this.field.classList.toggle("is-zoomed", scale > 1);
    this.on_change(scale);
  }

  private size(): Size {
    return { width: this.field.clientWidth, height: this.field.clientHeight };
  }

  private place(event: MouseEvent): Point {
    const { left, top } = this.field.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }
}

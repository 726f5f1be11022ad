import { boxBetween, type Box, type Point, type Size } from "../../shared/geometry";

// A finger that taps moves by some pixels; less than this is no drag.
const kDragPxMin = 10;

export interface DrawingEvents {
  /** The box as it is drawn; null when drawing was given up. */
  readonly on_change: (box: Box | null) => void;
  readonly on_done: (box: Box) => void;
}

/**
 * Draws a box on the photo by dragging. A mouse or pen always draws; a finger only while `by_touch`
 * is on, because it scrolls the page otherwise.
 */
export class BoxDrawing {
  by_touch = false;
  private photo: Size | null = null;
  private start: Point | null = null; // in pixels of the window
  private is_dragging = false;

  constructor(
    private readonly area: HTMLElement,
    private readonly events: DrawingEvents,
  ) {
    area.addEventListener("pointerdown", (event) => this.down(event));
    area.addEventListener("pointermove", (event) => this.move(event));
    area.addEventListener("pointerup", (event) => this.up(event));
    area.addEventListener("pointercancel", () => this.cancel());
    area.addEventListener("dragstart", (event) => event.preventDefault());
    // A drag that began on a box must not choose that box too.
    area.addEventListener("click", (event) => this.swallowClick(event), { capture: true });
  }

  /** The photo that boxes are drawn on; null: none yet. */
  setPhoto(photo: Size | null): void {
    this.photo = photo;
    this.cancel();
  }

  private down(event: PointerEvent): void {
    // Two fingers zoom; what lies on the photo for other uses says so.
    if (!event.isPrimary) return this.cancel();
    const is_taken = event.target instanceof Element && event.target.closest("[data-holds]") !== null;
    if (event.button !== 0 || this.photo === null || is_taken) return;
    this.is_dragging = false;
    if (event.pointerType === "touch" && !this.by_touch) return;
    this.start = { x: event.clientX, y: event.clientY };
  }

  private move(event: PointerEvent): void {
    if (this.start === null || !event.isPrimary) return;
    const distance = Math.hypot(event.clientX - this.start.x, event.clientY - this.start.y);
    if (!this.is_dragging) {
      if (distance < kDragPxMin) return;
      this.is_dragging = true;
      this.area.setPointerCapture(event.pointerId);
    }
    const box = this.boxTo(event);
    if (box !== null) this.events.on_change(box);
  }

  private up(event: PointerEvent): void {
    const box = this.is_dragging ? this.boxTo(event) : null;
    this.start = null;
    if (box !== null) this.events.on_done(box);
  }

  private cancel(): void {
    if (this.is_dragging && this.start !== null) this.events.on_change(null);
    this.start = null;
    this.is_dragging = false;
  }

  private swallowClick(event: MouseEvent): void {
    if (!this.is_dragging) return;
    this.is_dragging = false;
    event.stopPropagation();
    event.preventDefault();
  }

  private boxTo(event: PointerEvent): Box | null {
    if (this.start === null || this.photo === null) return null;
    const photo = this.photo;
    const shown = this.area.getBoundingClientRect();
    const toPhoto = (x: number, y: number): Point => ({
      x: ((x - shown.left) / shown.width) * photo.width,
      y: ((y - shown.top) / shown.height) * photo.height,
    });
    return boxBetween(
      toPhoto(this.start.x, this.start.y),
      toPhoto(event.clientX, event.clientY),
      photo,
    );
  }
}

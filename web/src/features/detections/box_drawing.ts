import { boxBetween, type Box, type Point, type Size } from "../../shared/geometry";

// A finger that taps moves by some pixels; less than this is no drag.
const kDragPxMin = 10;

export interface DrawingEvents {
  /** The box as it is drawn; null when drawing was given up. */
  readonly on_change: (box: Box | null) => void;
  readonly on_done: (box: Box) => void;
}

// Of the photo's longer side: what marks the first corner until the second is tapped.
const kCornerMark = 0.03;

/**
 * Draws a box on the photo by dragging. A mouse or pen always draws; a finger only while it `is_on`, because it scrolls
 * the page otherwise. While it is on, two taps on opposite corners draw one too, for those who cannot drag (WCAG 2.5.7).
 */
export class BoxDrawing {
  private is_on = false;
  private corner: Point | null = null; // of the photo, tapped first
  private was_tap = false;
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

  setOn(is_on: boolean): void {
    this.is_on = is_on;
    this.corner = null;
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
    this.is_dragging = this.was_tap = false;
    if (event.pointerType === "touch" && !this.is_on) return;
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
    const was_down = this.start !== null;
    this.start = null;
    if (box !== null) this.events.on_done(box);
    else if (was_down && this.is_on) this.tap(event);
  }

  private tap(event: PointerEvent): void {
    const { photo, corner } = this;
    if (photo === null) return;
    this.was_tap = true;
    const point = this.toPhoto(event.clientX, event.clientY, photo);
    this.corner = corner === null ? point : null;
    if (corner !== null) return this.events.on_done(boxBetween(corner, point, photo));
    const mark = (kCornerMark * Math.max(photo.width, photo.height)) / 2;
    this.events.on_change(boxBetween({ x: point.x - mark, y: point.y - mark }, { x: point.x + mark, y: point.y + mark }, photo));
  }

  private cancel(): void {
    if (this.is_dragging && this.start !== null) this.events.on_change(null);
    this.start = this.corner = null;
    this.is_dragging = false;
  }

  private swallowClick(event: MouseEvent): void {
    if (!this.is_dragging && !this.was_tap) return;
    this.is_dragging = this.was_tap = false;
    event.stopPropagation();
    event.preventDefault();
  }

  private boxTo(event: PointerEvent): Box | null {
    if (this.start === null || this.photo === null) return null;
    const { photo } = this;
    return boxBetween(this.toPhoto(this.start.x, this.start.y, photo), this.toPhoto(event.clientX, event.clientY, photo), photo);
  }

  private toPhoto(x: number, y: number, photo: Size): Point {
    const shown = this.area.getBoundingClientRect();
    return { x: ((x - shown.left) / shown.width) * photo.width, y: ((y - shown.top) / shown.height) * photo.height };
  }
}

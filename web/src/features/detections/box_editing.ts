import { element } from "../../shared/dom";
import { boxBetween, moveBox, percent, resizeBox, type Box, type Corner, type Size } from "../../shared/geometry";

const kKeyStep = 0.04; // of the photo's side, per press of an arrow key
const kCorners: readonly Corner[] = [
  { right: 0, bottom: 0 },
  { right: 1, bottom: 0 },
  { right: 0, bottom: 1 },
  { right: 1, bottom: 1 },
];

export interface EditingEvents {
  /** The box as it changes; null when the change was given up. */
  readonly on_change: (box: Box | null) => void;
  readonly on_done: (box: Box) => void;
}

/**
 * Changes the chosen box: drag it, drag its corners, or with the focus on it by arrow keys, which move it; with Shift
 * they resize it. Enter searches, Escape gives up. A corner is dragged by a finger too, without scrolling the page.
 */
export class BoxEditing {
  /** Lies over the box, for moving it and for the keys. */
  readonly frame = element("div", { class: "box-edit", "data-key": "area", tabindex: "0", role: "group", "data-message-label": "photo.area_keys", "data-holds": "", hidden: true });
  /** Lies over everything, for its corners. */
  readonly handles = element("div", { class: "box-handles", hidden: true });
  private photo: Size | null = null;
  private box: Box | null = null; // as it was searched
  private changed: Box | null = null;
  private is_new = false; // made by startByKeys, not searched yet

  constructor(
    private readonly layer: HTMLElement,
    private readonly events: EditingEvents,
  ) {
    this.watchDrag(this.frame, (box, dx, dy, photo) => moveBox(box, dx, dy, photo));
    for (const corner of kCorners) {
      const handle = element("span", { class: "box-handle", "data-holds": "", "data-corner": `${corner.right}${corner.bottom}` });
      this.watchDrag(handle, (box, dx, dy, photo) => resizeBox(box, corner, dx, dy, photo));
      this.handles.append(handle);
    }
    this.frame.addEventListener("keydown", (event) => this.press(event));
  }

  /** The box that can be changed; null: none. */
  setBox(box: Box | null, photo: Size | null): void {
    this.photo = photo;
    this.box = box;
    this.changed = null;
    this.is_new = false;
    this.frame.hidden = this.handles.hidden = box === null || photo === null;
    if (box !== null) this.show(box);
  }

  /** Focuses the box for the keys; without one, a new one in the middle. */
  startByKeys(): void {
    const photo = this.photo;
    if (photo === null) return;
    const { width, height } = photo;
    const box = this.box ?? boxBetween({ x: width / 4, y: height / 4 }, { x: (3 * width) / 4, y: (3 * height) / 4 }, photo);
    const is_new = this.box === null;
    this.setBox(box, photo);
    this.is_new = is_new;
    this.change(box);
    this.frame.focus();
  }

  private press(event: KeyboardEvent): void {
    const box = this.changed ?? this.box;
    const photo = this.photo;
    if (box === null || photo === null) return;
    const right = Number(event.key === "ArrowRight") - Number(event.key === "ArrowLeft");
    const down = Number(event.key === "ArrowDown") - Number(event.key === "ArrowUp");
    const [dx, dy] = [right * kKeyStep * photo.width, down * kKeyStep * photo.height];
    if (event.key === "Enter") this.events.on_done(box);
    else if (event.key === "Escape" && this.changed !== null) this.giveUp();
    else if (right === 0 && down === 0) return;
    else if (event.shiftKey) this.change(resizeBox(box, { right: 1, bottom: 1 }, dx, dy, photo));
    else this.change(moveBox(box, dx, dy, photo));
    event.preventDefault();
  }

  private watchDrag(part: HTMLElement, changed: (box: Box, dx: number, dy: number, photo: Size) => Box): void {
    let start: { x: number; y: number; box: Box } | null = null;
    part.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isPrimary || this.box === null) return;
      start = { x: event.clientX, y: event.clientY, box: this.changed ?? this.box };
      part.setPointerCapture(event.pointerId);
      event.preventDefault(); // no text is selected, nothing is dragged away
    });
    part.addEventListener("pointermove", (event) => {
      if (start === null || this.photo === null || !event.isPrimary) return;
      const shown = this.layer.getBoundingClientRect();
      const dx = ((event.clientX - start.x) / shown.width) * this.photo.width;
      const dy = ((event.clientY - start.y) / shown.height) * this.photo.height;
      if (dx !== 0 || dy !== 0) this.change(changed(start.box, dx, dy, this.photo));
    });
    part.addEventListener("pointerup", () => {
      if (start !== null && this.changed !== null) this.events.on_done(this.changed);
      start = null;
    });
    part.addEventListener("pointercancel", () => {
      if (start !== null) this.giveUp();
      start = null;
    });
  }

  private giveUp(): void {
    this.changed = null;
    if (this.is_new) this.setBox(null, this.photo);
    else if (this.box !== null) this.show(this.box);
    this.events.on_change(null);
  }

  private change(box: Box): void {
    this.changed = box;
    this.show(box);
    this.events.on_change(box);
  }

  private show([x, y, width, height]: Box): void {
    const { width: across, height: down } = this.photo ?? { width: 1, height: 1 };
    for (const part of [this.frame, this.handles]) {
      part.style.left = percent(x, across);
      part.style.top = percent(y, down);
      part.style.width = percent(width, across);
      part.style.height = percent(height, down);
    }
  }
}

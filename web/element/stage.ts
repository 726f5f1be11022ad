import type { FoundObject } from "../src/api/client";
import { BoxDrawing } from "../src/features/detections/box_drawing";
import { BoxEditing } from "../src/features/detections/box_editing";
import { element } from "../src/shared/dom";
import { percent, toBox, type Box, type Size } from "../src/shared/geometry";
import type { Words } from "./words";

export interface StageEvents {
  /** An object was tapped, by its position in the list. */
  readonly on_pick: (index: number) => void;
  /** A box was drawn or changed, in pixels of the upright original. */
  readonly on_draw: (box: Box) => void;
}

/** The photo with the things found in it as buttons; the chosen one stays bright, and can be dragged and resized. */
export class Stage {
  readonly root = element("div", { class: "photo", part: "photo" });
  private readonly boxes = element("div", { class: "boxes" });
  private readonly drawn = element("div", { class: "drawn", hidden: true });
  private readonly drawing: BoxDrawing;
  private readonly editing: BoxEditing;
  private size: Size = { width: 1, height: 1 };
  private url: string | null = null;

  constructor(private readonly events: StageEvents) {
    const hear = { on_change: (box: Box | null) => this.showDrawn(box), on_done: (box: Box) => events.on_draw(box) };
    this.drawing = new BoxDrawing(this.root, hear);
    this.editing = new BoxEditing(this.root, hear);
  }

  /** Shows a new photo without boxes; null: one that this browser cannot show. */
  showPhoto(photo: Blob | null, words: Words): void {
    this.forget();
    this.boxes.replaceChildren();
    const parts = [this.boxes, this.drawn, this.editing.frame, this.editing.handles];
    this.root.classList.toggle("is-blank", photo === null);
    if (photo === null) {
      this.root.replaceChildren(element("p", { class: "photo-note" }, words.t("photo.not_shown")), ...parts);
      return this.setShape({ width: 4, height: 3 });
    }
    this.url = URL.createObjectURL(photo);
    const image = element("img", { src: this.url, alt: words.t("photo.yours"), draggable: "false" });
    image.addEventListener("load", () => this.setShape({ width: image.naturalWidth, height: image.naturalHeight }));
    this.root.replaceChildren(image, ...parts);
  }

  /** `size` is that of the upright original, in whose pixels the boxes are. */
  showObjects(size: Size, objects: readonly FoundObject[], active: number, words: Words): void {
    this.size = size;
    if (this.url === null) this.setShape(size);
    this.drawing.setPhoto(size);
    this.showDrawn(null);
    const chosen = objects[active];
    const is_part = chosen !== undefined && chosen.class !== "whole picture";
    this.editing.setBox(is_part ? toBox(chosen.box) : null, size);
    this.editing.frame.setAttribute("aria-label", words.t("photo.area_keys"));
    const buttons = objects.flatMap((object, index) =>
      object.class === "whole picture" ? [] : [this.makeBox(object, index, index === active, words)],
    );
    // Small boxes lie above large ones, so that each can be tapped.
    const area = (button: HTMLElement): number => Number(button.dataset["area"]);
    this.boxes.replaceChildren(...buttons.sort((a, b) => area(b) - area(a)));
    this.root.classList.toggle("is-dimmed", is_part);
    this.root.querySelector("img")?.setAttribute("alt", words.t("photo.yours"));
  }

  setSearching(is_searching: boolean): void {
    this.root.classList.toggle("is-searching", is_searching);
  }

  /** While on, a finger on the photo draws a box instead of scrolling the page. */
  setDrawing(is_on: boolean, by_keys: boolean): void {
    this.drawing.setOn(is_on);
    this.root.classList.toggle("is-drawing", is_on);
    if (is_on && by_keys) this.editing.startByKeys();
  }

  /** Lets the photo go. */
  forget(): void {
    if (this.url !== null) URL.revokeObjectURL(this.url);
    this.url = null;
    this.drawing.setPhoto(null);
    this.editing.setBox(null, null);
    this.root.replaceChildren();
  }

  private makeBox(object: FoundObject, index: number, is_active: boolean, words: Words): HTMLButtonElement {
    const [, , width = 0, height = 0] = object.box;
    const button = element(
      "button",
      {
        type: "button",
        class: "box",
        part: is_active ? "box box-active" : "box",
        "aria-pressed": String(is_active),
        "aria-label": words.t("photo.search_for", { name: words.className(object.class) }),
        "data-area": String(width * height),
      },
      element("span", { class: "dot" }),
    );
    this.place(button, toBox(object.box));
    button.addEventListener("click", () => this.events.on_pick(index));
    return button;
  }

  private showDrawn(box: Box | null): void {
    this.drawn.hidden = box === null;
    this.root.classList.toggle("has-drawn", box !== null);
    if (box !== null) this.place(this.drawn, box);
  }

  private place(target: HTMLElement, [x, y, width, height]: Box): void {
    target.style.left = percent(x, this.size.width);
    target.style.top = percent(y, this.size.height);
    target.style.width = percent(width, this.size.width);
    target.style.height = percent(height, this.size.height);
  }

  private setShape(size: Size): void {
    this.root.style.setProperty("--_ratio", String(size.width / size.height));
  }
}

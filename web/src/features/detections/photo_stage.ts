import { element, keepFocus } from "../../shared/dom";
import { icon } from "../../shared/icons";
import { t } from "../../shared/locale";
import { percent, toBox, type Box, type Size } from "../../shared/geometry";
import { BoxDrawing } from "./box_drawing";
import { BoxEditing } from "./box_editing";
import { objectNames } from "./object_names";
import { PhotoZoom } from "./photo_zoom";

/** A thing on the photo, in pixels of the upright original. */
export interface StageObject {
  readonly class: string;
  readonly box: readonly number[];
}

export interface StageEvents {
  /** An object was tapped, by its position in the list. */
  readonly on_pick: (index: number) => void;
  /** A box was drawn or changed, in pixels of the upright original. */
  readonly on_draw: (box: Box) => void;
}

/** The photo with its boxes. Boxes are buttons; the chosen one stays bright and can be changed, the rest is dimmed. */
export class PhotoStage {
  private readonly photo = element("div", { class: "photo" });
  private readonly layer = element("div", { class: "photo-layer" });
  private readonly boxes = element("div", { class: "boxes" });
  private readonly frame = element("div", { class: "box-frame", hidden: true });
  private readonly zoom_in = zoomButton("plus", "photo.zoom_in");
  private readonly zoom_out = zoomButton("minus", "photo.zoom_out");
  private readonly drawing: BoxDrawing;
  private readonly editing: BoxEditing;
  private readonly zoom: PhotoZoom;
  private size: Size | null = null;
  private preview_url: string | null = null;

  constructor(
    root: HTMLElement,
    private readonly events: StageEvents,
  ) {
    const tools = element("div", { class: "zoom-tools" }, this.zoom_out, this.zoom_in);
    this.photo.append(this.layer, tools);
    root.append(this.photo);
    const searching = {
      on_change: (box: Box | null) => this.showDrawn(box),
      on_done: (box: Box) => {
        this.showDrawn(box);
        events.on_draw(box);
      },
    };
    this.drawing = new BoxDrawing(this.layer, searching);
    this.editing = new BoxEditing(this.layer, searching);
    this.zoom = new PhotoZoom(this.photo, this.layer, (scale) => {
      this.zoom_out.hidden = scale === 1;
    });
    this.zoom_in.addEventListener("click", () => this.zoom.by(1));
    this.zoom_out.addEventListener("click", () => this.zoom.by(-1));
  }

  /** Address of the photo that is shown; null if the browser cannot show it. */
  get preview(): string | null {
    return this.preview_url;
  }

  /** Shows a new photo without boxes; null: one that this browser cannot show. */
  showPhoto(preview: Blob | null): void {
    if (this.preview_url !== null) URL.revokeObjectURL(this.preview_url);
    this.preview_url = preview === null ? null : URL.createObjectURL(preview);
    this.size = null;
    this.zoom.reset();
    this.drawing.setPhoto(null);
    this.editing.setBox(null, null);
    this.showDrawn(null);
    this.boxes.replaceChildren();
    this.photo.classList.toggle("is-blank", preview === null);
    const over = [this.boxes, this.frame, this.editing.handles];
    if (this.preview_url === null) {
      const note = element("p", { class: "photo-note" }, t("photo.not_shown"));
      this.layer.replaceChildren(note, ...over);
      this.setShape({ width: 4, height: 3 });
      return;
    }
    const image = element("img", { src: this.preview_url, alt: t("photo.yours"), draggable: "false" });
    image.addEventListener("load", () =>
      this.setShape({ width: image.naturalWidth, height: image.naturalHeight }),
    );
    this.layer.replaceChildren(image, ...over);
  }

  setSearching(is_searching: boolean): void {
    this.photo.classList.toggle("is-searching", is_searching);
  }

  /** `size` is that of the upright original, in whose pixels the boxes are. */
  showObjects(size: Size, objects: readonly StageObject[], active: number): void {
    this.size = size;
    this.drawing.setPhoto(size);
    this.showDrawn(null);
    if (this.preview_url === null) this.setShape(size);
    const chosen = objects[active];
    const is_whole = chosen === undefined || chosen.class === "whole picture";
    this.editing.setBox(is_whole ? null : toBox(chosen.box), size);
    const names = objectNames(objects);
    const buttons = objects.flatMap((object, index) =>
      object.class === "whole picture" ? [] : [this.makeBox(object, names[index] ?? "", index, index === active)],
    );
    // Small boxes lie above large ones, so that each can be tapped; what moves the chosen one lies over it.
    buttons.sort((a, b) => b.area - a.area);
    keepFocus(this.boxes, () => {
      this.boxes.replaceChildren(...buttons.flatMap(({ button, is_active }) => (is_active ? [button, this.editing.frame] : [button])));
      if (is_whole) this.boxes.append(this.editing.frame);
    });
    this.editing.frame.setAttribute("aria-label", t("photo.area_keys"));
  }

  /** While on, a finger on the photo draws a box instead of scrolling. */
  setDrawing(is_on: boolean, by_keys = false): void {
    this.drawing.setOn(is_on);
    this.photo.classList.toggle("is-drawing", is_on);
    if (is_on && by_keys) this.editing.startByKeys();
  }

  private makeBox(
    object: StageObject,
    name: string,
    index: number,
    is_active: boolean,
  ): { button: HTMLButtonElement; area: number; is_active: boolean } {
    const button = element("button", {
      type: "button",
      class: "box",
      "aria-pressed": String(is_active),
      "data-key": name,
      "aria-label": t("photo.search_for", { name }),
    });
    this.place(button, object.box);
    button.append(element("span", { class: "box-dot" }));
    button.addEventListener("click", () => this.events.on_pick(index));
    const [, , width = 0, height = 0] = object.box;
    return { button, area: width * height, is_active };
  }

  private showDrawn(box: Box | null): void {
    this.frame.hidden = box === null;
    this.photo.classList.toggle("has-drawn", box !== null);
    if (box !== null) this.place(this.frame, box);
  }

  private place(target: HTMLElement, box: readonly number[]): void {
    const [x = 0, y = 0, width = 0, height = 0] = box;
    const size = this.size ?? { width: 1, height: 1 };
    target.style.left = percent(x, size.width);
    target.style.top = percent(y, size.height);
    target.style.width = percent(width, size.width);
    target.style.height = percent(height, size.height);
  }

  private setShape(size: Size): void {
    this.photo.style.setProperty("--photo-ratio", String(size.width / size.height));
  }
}

function zoomButton(name: "plus" | "minus", message: "photo.zoom_in" | "photo.zoom_out"): HTMLButtonElement {
  const button = element("button", { type: "button", class: "icon-button", "data-message-label": message, hidden: name === "minus" });
  button.append(icon(name));
  return button;
}

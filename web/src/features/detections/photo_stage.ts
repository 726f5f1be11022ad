import type { FoundObject } from "../../api/client";
import { element } from "../../shared/dom";
import { formatClass } from "../../shared/format";
import { t } from "../../shared/locale";
import { percent, type Box, type Size } from "../../shared/geometry";
import { BoxDrawing } from "./box_drawing";

export interface StageEvents {
  /** An object was tapped, by its position in the list. */
  readonly on_pick: (index: number) => void;
  /** A box was drawn, in pixels of the upright original. */
  readonly on_draw: (box: Box) => void;
}

/** The photo with its boxes. Boxes are buttons; the chosen one stays bright, the rest is dimmed. */
export class PhotoStage {
  private readonly photo = element("div", { class: "photo" });
  private readonly boxes = element("div", { class: "boxes" });
  private readonly frame = element("div", {
    class: "box-frame",
    tabindex: "-1",
    role: "group",
    "data-message-label": "photo.area_keys",
    hidden: true,
  });
  private readonly drawing: BoxDrawing;
  private size: Size | null = null;
  private preview_url: string | null = null;

  constructor(
    root: HTMLElement,
    private readonly events: StageEvents,
  ) {
    root.append(this.photo);
    this.drawing = new BoxDrawing(this.photo, {
      on_change: (box) => this.showDrawn(box),
      on_done: (box) => {
        this.showDrawn(box);
        events.on_draw(box);
      },
    });
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
    this.drawing.setPhoto(null);
    this.showDrawn(null);
    this.boxes.replaceChildren();
    this.photo.classList.toggle("is-blank", preview === null);
    if (this.preview_url === null) {
      const note = element("p", { class: "photo-note" }, t("photo.not_shown"));
      this.photo.replaceChildren(note, this.boxes, this.frame);
      this.setShape({ width: 4, height: 3 });
      return;
    }
    const image = element("img", { src: this.preview_url, alt: t("photo.yours"), draggable: "false" });
    image.addEventListener("load", () =>
      this.setShape({ width: image.naturalWidth, height: image.naturalHeight }),
    );
    this.photo.replaceChildren(image, this.boxes, this.frame);
  }

  setSearching(is_searching: boolean): void {
    this.photo.classList.toggle("is-searching", is_searching);
  }

  /** `size` is that of the upright original, in whose pixels the boxes are. */
  showObjects(size: Size, objects: readonly FoundObject[], active: number): void {
    this.size = size;
    this.drawing.setPhoto(size);
    this.showDrawn(null);
    if (this.preview_url === null) this.setShape(size);
    const buttons = objects.flatMap((object, index) =>
      object.class === "whole picture" ? [] : [this.makeBox(object, index, index === active)],
    );
    // Small boxes lie above large ones, so that each can be tapped.
    buttons.sort((a, b) => b.area - a.area);
    this.boxes.replaceChildren(...buttons.map(({ button }) => button));
    this.photo.classList.toggle("is-dimmed", objects[active]?.class !== "whole picture");
  }

  /** While on, a finger on the photo draws a box instead of scrolling. */
  setDrawing(is_on: boolean, by_keys = false): void {
    this.drawing.by_touch = is_on;
    this.photo.classList.toggle("is-drawing", is_on);
    if (is_on && by_keys) this.drawing.startByKeys(this.frame);
    if (!is_on) this.frame.onkeydown = null;
  }

  private makeBox(
    object: FoundObject,
    index: number,
    is_active: boolean,
  ): { button: HTMLButtonElement; area: number } {
    const button = element("button", {
      type: "button",
      class: "box",
      "aria-pressed": String(is_active),
      "aria-label": t("photo.search_for", { name: formatClass(object.class) }),
    });
    this.place(button, object.box);
    button.append(element("span", { class: "box-dot" }));
    button.addEventListener("click", () => this.events.on_pick(index));
    const [, , width = 0, height = 0] = object.box;
    return { button, area: width * height };
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

import type { FoundObject, ProductMatch } from "../../api/client";
import { element } from "../../shared/dom";
import { toBox, type Size } from "../../shared/geometry";
import { t } from "../../shared/locale";
import { layFields, place, withMargin, type Field } from "./layout";

const kSvg = "http://www.w3.org/2000/svg";
const kWide = "(min-width: 44rem)";

/** The photo as the page shows it. */
export interface ShownPhoto extends Size {
  readonly url: string;
}

/** Opens a dialog with the photo and the product's picture, and lines between the spots that are the same. */
export function showMatches(photo: ShownPhoto, object: FoundObject, product: ProductMatch): void {
  const matches = product.matches;
  if (matches === null) return;
  const close = element("button", { type: "button", class: "button primary" }, t("matches.close"));
  const figure = element("div", { class: "matches-figure" });
  const dialog = element(
    "dialog",
    { class: "matches", "aria-labelledby": "matches-title" },
    element("h2", { id: "matches-title" }, t("matches.title")),
    element("p", {}, t("matches.text", { count: matches.spots.length })),
    figure,
    close,
  );
  const is_wide = window.matchMedia(kWide);
  const draw = (): void => figure.replaceChildren(drawing(photo, object, product, matches, is_wide.matches));
  draw();
  is_wide.addEventListener("change", draw);
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the dialog
  });
  dialog.addEventListener("close", () => {
    is_wide.removeEventListener("change", draw);
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal(); // gives the focus back when it closes
}

function drawing(
  photo: ShownPhoto,
  object: FoundObject,
  product: ProductMatch,
  matches: NonNullable<ProductMatch["matches"]>,
  is_wide: boolean,
): SVGElement {
  const picture_size = { width: matches.picture_width, height: matches.picture_height };
  const fields = layFields(withMargin(toBox(object.box), photo), picture_size, is_wide);
  const root = shape("svg", {
    viewBox: `0 0 ${fields.size.width} ${fields.size.height}`,
    role: "img",
    "aria-label": t("matches.text", { count: matches.spots.length }),
  });
  root.append(
    part(fields.photo, photo.url, photo),
    part(fields.picture, `${product.picture}?w=640`, picture_size),
  );
  matches.spots.forEach(([photo_x = 0, photo_y = 0, picture_x = 0, picture_y = 0], index) => {
    const from = place(fields.photo, photo_x, photo_y);
    const to = place(fields.picture, picture_x, picture_y);
    const color = `hsl(${Math.round((360 * index) / matches.spots.length)} 85% 55%)`;
    const line = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
    root.append(shape("line", { ...line, class: "match-line", stroke: color }));
    for (const { x, y } of [from, to])
      root.append(shape("circle", { cx: x, cy: y, r: 5, class: "match-spot", fill: color }));
  });
  return root;
}

/** A part of a picture in its field. */
function part(field: Field, url: string, size: Size): SVGElement {
  const { x, y, side } = field;
  const frame = shape("svg", { x, y, width: side, height: side, viewBox: field.part.join(" ") });
  frame.append(shape("image", { href: url, width: size.width, height: size.height, preserveAspectRatio: "none" }));
  return frame;
}

function shape(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(kSvg, name) as SVGElement;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

import type { FoundObject, ProductMatch } from "../../api/client";
import { shopAddress } from "../../shared/address";
import { openDialog } from "../../shared/dialog";
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

/**
 * Opens a dialog with the photo's part and the product's picture side by side; lines join the spots that are the same,
 * where some are.
 */
export function showMatches(photo: ShownPhoto, object: FoundObject, product: ProductMatch): void {
  const matches = product.matches;
  const title = t(matches === null ? "compare.title" : "matches.title");
  const dialog = openDialog({ class: "matches", label: title });
  const close = element("button", { type: "button", class: "button" }, t("action.close"));
  close.addEventListener("click", () => dialog.close());
  const foot = element("div", { class: "matches-foot" }, close);
  const href = shopAddress(product.link);
  if (href !== null)
    foot.prepend(element("a", { class: "button primary", href, target: "_blank", rel: "noopener noreferrer" }, t("compare.open")));
  const words =
    matches === null
      ? element("bdi", { lang: product.title_language ?? undefined }, product.title)
      : t("matches.text", { count: matches.spots.length });
  const figure = element("div", { class: "matches-figure" });
  dialog.append(element("h2", {}, title), element("p", {}, words), figure, foot);
  const is_wide = window.matchMedia(kWide);
  const draw = (size: Size): void => figure.replaceChildren(drawing(photo, object, product, size, is_wide.matches));
  const size = matches === null ? null : { width: matches.picture_width, height: matches.picture_height };
  if (size === null) whenKnown(product, draw);
  else draw(size);
  const redraw = (): void => (size === null ? whenKnown(product, draw) : draw(size));
  is_wide.addEventListener("change", redraw);
  dialog.addEventListener("close", () => is_wide.removeEventListener("change", redraw));
}

/** The size of a product's picture, from the thumbnail that is drawn; its shape is what matters. */
function whenKnown(product: ProductMatch, take: (size: Size) => void): void {
  const image = new Image();
  image.addEventListener("load", () => take({ width: image.naturalWidth, height: image.naturalHeight }));
  image.src = thumbnail(product);
}

function thumbnail(product: ProductMatch): string {
  return `${product.picture}?w=640`;
}

function drawing(
  photo: ShownPhoto,
  object: FoundObject,
  product: ProductMatch,
  picture_size: Size,
  is_wide: boolean,
): SVGElement {
  const spots = product.matches?.spots ?? [];
  const fields = layFields(withMargin(toBox(object.box), photo), picture_size, is_wide);
  const root = shape("svg", {
    viewBox: `0 0 ${fields.size.width} ${fields.size.height}`,
    role: "img",
    "aria-label": spots.length > 0 ? t("matches.text", { count: spots.length }) : t("compare.picture", { title: product.title }),
  });
  root.append(
    part(fields.photo, photo.url, photo),
    part(fields.picture, thumbnail(product), picture_size),
  );
  spots.forEach(([photo_x = 0, photo_y = 0, picture_x = 0, picture_y = 0], index) => {
    const from = place(fields.photo, photo_x, photo_y);
    const to = place(fields.picture, picture_x, picture_y);
    const color = `hsl(${Math.round((360 * index) / spots.length)} 85% 55%)`;
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

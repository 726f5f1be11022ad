import type { ProductMatch } from "../src/api/client";
import { shopAddress } from "../src/shared/address";
import { element } from "../src/shared/dom";
import type { Words } from "./words";

export interface CardOptions {
  readonly words: Words;
  readonly is_best: boolean;
  /** The address of a picture that the server names by its path. */
  readonly address: (path: string) => string;
  /** The product was chosen. */
  readonly on_select: (product: ProductMatch, event: Event) => void;
}

/** A product: picture, title, price, availability, and how like it is. The whole card is one link or button. */
export function productCard(product: ProductMatch, options: CardOptions): HTMLElement {
  const { words } = options;
  const text = element("div", { class: "card-text" });
  if (product.brand !== "") text.append(element("p", { class: "brand", part: "brand" }, element("bdi", {}, product.brand)));
  text.append(
    element("h3", { class: "card-title", part: "card-title" }, chooser(product, options)),
    priceLine(product, words),
    element(
      "p",
      { class: "facts" },
      element("span", { class: `availability is-${product.availability}`, part: "availability" }, words.availability(product.availability)),
      element("span", { class: "likeness", part: "likeness" }, words.likeness(product)),
    ),
  );
  return element("li", { class: "card", part: "card", "data-id": product.id }, picture(product, options), text);
}

export function skeletonCard(): HTMLElement {
  const lines = element("div", { class: "card-text" }, element("p"), element("p"), element("p"));
  return element("li", { class: "card is-skeleton" }, element("div", { class: "picture" }), lines);
}

/** A link to the product in the shop; without one, a button, as the page may know what to do. */
function chooser(product: ProductMatch, { on_select }: CardOptions): HTMLElement {
  const href = shopAddress(product.link);
  const title = element("bdi", { lang: product.title_language ?? undefined }, product.title);
  const made =
    href === null
      ? element("button", { type: "button", class: "choose-product" }, title)
      : element("a", { href, target: "_blank", rel: "noopener", class: "choose-product" }, title);
  made.addEventListener("click", (event) => on_select(product, event));
  return made;
}

function picture(product: ProductMatch, { address, words, is_best }: CardOptions): HTMLElement {
  const at = (width: number): string => `${address(product.picture)}?w=${width}`;
  const image = element("img", {
    src: at(320),
    srcset: `${at(240)} 240w, ${at(320)} 320w, ${at(640)} 640w`,
    sizes: "(min-width: 48rem) 14rem, 46vw",
    alt: "",
    loading: "lazy",
    decoding: "async",
  });
  image.addEventListener("error", () => image.remove()); // the empty field stays
  const field = element("div", { class: "picture", part: "picture" }, image);
  if (is_best) field.append(element("span", { class: "badge", part: "badge" }, words.t("card.best")));
  return field;
}

/** The price as the shop has it, or converted with the shop's beside it. */
function priceLine(product: ProductMatch, words: Words): HTMLElement {
  const line = element("p", { class: "price-line", part: "price" });
  const original = words.price(product.price, product.currency);
  if (original === null) return line;
  const { converted } = product;
  const price = converted?.status === "approximate" ? words.price(converted.price, converted.currency) : null;
  if (price !== null)
    line.append(
      element("bdi", { class: "price", "aria-hidden": "true" }, `≈ ${price}`),
      element("bdi", { class: "note", "aria-hidden": "true" }, original),
      element("span", { class: "unseen" }, words.t("card.approximate", { price, original })),
    );
  else line.append(element("bdi", { class: "price" }, original));
  if (converted !== null && converted.status !== "approximate")
    line.append(element("span", { class: "note" }, words.t(`card.${converted.status}`)));
  return line;
}

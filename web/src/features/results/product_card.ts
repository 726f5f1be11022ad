import type { ProductMatch } from "../../api/client";
import { shopAddress } from "../../shared/address";
import { element } from "../../shared/dom";
import { icon } from "../../shared/icons";
import { t } from "../../shared/locale";
import { formatAvailability, formatPrice, likenessPercent, likenessWords } from "../../shared/format";

/** What can be done with a product; null: not here. */
export interface CardActions {
  /** Shows where the photo and the product are the same. */
  readonly on_matches: ((product: ProductMatch) => void) | null;
  /** Shows photo and product side by side. */
  readonly on_compare: ((product: ProductMatch) => void) | null;
  readonly on_similar: (product: ProductMatch) => void;
  /** Saves the product or takes it off the list; tells whether it is saved now. */
  readonly on_save: (product: ProductMatch) => boolean;
  readonly is_saved: (product: ProductMatch) => boolean;
}

export interface CardOptions {
  readonly is_best: boolean;
  /** Whether to tell how like it is: not in a list that was not searched for. */
  readonly has_likeness: boolean;
}

/** A product: picture, brand, title, price, how like it is, and what can be done with it. */
export function productCard(product: ProductMatch, { is_best, has_likeness }: CardOptions, actions: CardActions): HTMLElement {
  const href = shopAddress(product.link);
  const title = element("bdi", { class: "card-title", lang: product.title_language ?? undefined }, product.title);
  const heading = element(has_likeness ? "h3" : "h2", { class: "card-heading" }); // a list's own title is the page's
  heading.append(
    href === null
      ? title
      : element("a", { href, target: "_blank", rel: "noopener noreferrer" }, title),
  );
  const words = element("div", { class: "card-words" });
  if (product.brand !== "") words.append(element("p", { class: "card-brand" }, element("bdi", {}, product.brand)));
  words.append(heading, priceLine(product));
  if (has_likeness) words.append(likenessLine(product));
  const { on_matches } = actions;
  if (on_matches !== null && product.matches !== null) words.append(matchesButton(product, () => on_matches(product)));
  const field = picture(product, is_best);
  const card = element("li", { class: "card", "data-id": product.id }, field, words);
  card.append(saveButton(product, actions), cardButtons(product, actions));
  return card;
}

function saveButton(product: ProductMatch, { is_saved, on_save }: CardActions): HTMLElement {
  const button = element("button", { type: "button", class: "icon-button card-save", "aria-pressed": String(is_saved(product)) }, icon("heart"));
  label(button, t("card.save"), product);
  button.addEventListener("click", () => button.setAttribute("aria-pressed", String(on_save(product))));
  return button;
}

function cardButtons(product: ProductMatch, { on_similar, on_compare }: CardActions): HTMLElement {
  const similar = element("button", { type: "button", class: "icon-button card-similar" }, icon("similar"));
  label(similar, t("card.similar"), product);
  similar.addEventListener("click", () => on_similar(product));
  const buttons = element("div", { class: "card-buttons" }, similar);
  if (on_compare === null) return buttons;
  const compare = element("button", { type: "button", class: "icon-button card-compare" }, icon("compare"));
  label(compare, t("card.compare"), product);
  compare.addEventListener("click", () => on_compare(product));
  buttons.prepend(compare);
  return buttons;
}

function label(button: HTMLElement, words: string, product: ProductMatch): void {
  button.setAttribute("aria-label", `${words}: ${product.title}`);
  button.title = words;
}

function matchesButton(product: ProductMatch, on_matches: () => void): HTMLElement {
  const words = t("card.show_matches");
  const button = element("button", { type: "button", class: "button small card-matches", "aria-label": `${words}: ${product.title}` }, words);
  button.addEventListener("click", on_matches);
  return button;
}

function picture(product: ProductMatch, is_best: boolean): HTMLElement {
  const at = (width: number): string => `${product.picture}?w=${width}`;
  const image = element("img", {
    src: at(320),
    srcset: `${at(240)} 240w, ${at(320)} 320w, ${at(640)} 640w`,
    sizes: "(min-width: 64rem) 15rem, (min-width: 40rem) 30vw, 44vw",
    alt: "",
    loading: "lazy",
    decoding: "async",
  });
  image.addEventListener("error", () => image.remove()); // the empty field stays
  const field = element("div", { class: "card-picture" }, image);
  if (is_best) field.append(element("span", { class: "badge" }, t("card.best")));
  return field;
}

function priceLine(product: ProductMatch): HTMLElement {
  const line = element("p", { class: "card-price" });
  line.append(...priceWords(product));
  const availability = formatAvailability(product.availability);
  if (availability !== null) line.append(element("span", { class: "availability" }, availability));
  return line;
}

/** The price as the shop has it, or converted with the shop's beside it. */
export function priceWords(product: Pick<ProductMatch, "price" | "currency" | "converted">): Node[] {
  const original = formatPrice(product.price, product.currency);
  if (original === null) return [];
  const converted = product.converted;
  if (converted === null) return [element("bdi", { class: "price" }, original)];
  if (converted.status !== "approximate")
    return [
      element("bdi", { class: "price" }, original),
      element("span", { class: "price-note" }, t(`card.${converted.status}`)),
    ];
  const price = formatPrice(converted.price, converted.currency) ?? original;
  return [
    element("bdi", { class: "price", "aria-hidden": "true" }, `≈ ${price}`),
    element("bdi", { class: "price-note", "aria-hidden": "true" }, original),
    element("span", { class: "visually-hidden" }, t("card.approximate", { price, original })),
  ];
}

function likenessLine(product: ProductMatch): HTMLElement {
  const value = product.same_item ? 100 : likenessPercent(product.likeness ?? product.score);
  const bar = element("span", { class: "likeness-bar", "aria-hidden": "true" }, element("span"));
  const fill = bar.firstElementChild;
  if (fill instanceof HTMLElement) fill.style.width = `${value}%`;
  return element("p", { class: "likeness" }, bar, element("span", {}, likenessWords(product)));
}

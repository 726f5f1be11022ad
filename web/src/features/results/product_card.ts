import type { ProductMatch } from "../../api/client";
import { element } from "../../shared/dom";
import { t } from "../../shared/locale";
import { formatAvailability, formatPrice, likenessPercent, likenessWords } from "../../shared/format";

/** A product: picture, brand, title, price, and how like it is. `on_matches` shows where both are the same. */
export function productCard(product: ProductMatch, is_best: boolean, on_matches: (() => void) | null): HTMLElement {
  const href = shopAddress(product.link);
  const title = element("bdi", { class: "card-title", lang: product.title_language ?? undefined }, product.title);
  const heading = element("h3", {});
  heading.append(
    href === null
      ? title
      : element("a", { href, target: "_blank", rel: "noopener noreferrer" }, title),
  );
  const card = element("li", { class: "card", "data-id": product.id });
  card.append(picture(product, is_best), element("div", { class: "card-words" }));
  const words = card.lastElementChild;
  if (product.brand !== "") words?.append(element("p", { class: "card-brand" }, element("bdi", {}, product.brand)));
  words?.append(heading, priceLine(product), likenessLine(product));
  if (on_matches !== null) words?.append(matchesButton(product, on_matches));
  return card;
}

function matchesButton(product: ProductMatch, on_matches: () => void): HTMLElement {
  const words = t("card.show_matches");
  const button = element("button", { type: "button", class: "button small card-matches", "aria-label": `${words}: ${product.title}` }, words);
  button.addEventListener("click", on_matches);
  return button;
}

/** Only web addresses: a catalog must not be able to run a script here. */
export function shopAddress(link: string): string | null {
  return /^https?:\/\//i.test(link) ? link : null;
}

function picture(product: ProductMatch, is_best: boolean): HTMLElement {
  const at = (width: number): string => `${product.picture}?w=${width}`;
  const image = element("img", {
    src: at(320),
    srcset: `${at(240)} 240w, ${at(320)} 320w, ${at(640)} 640w`,
    sizes: "(min-width: 64rem) 15rem, (min-width: 40rem) 30vw, 46vw",
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
function priceWords(product: ProductMatch): Node[] {
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

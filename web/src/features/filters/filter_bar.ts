import type { Facets } from "../../api/client";
import { element } from "../../shared/dom";
import { filterCount, readWords, toggled, without, withoutAll, type Filters, type Order } from "../../shared/filters";
import { formatPrice } from "../../shared/format";
import { icon } from "../../shared/icons";
import type { MessageKey } from "../../shared/languages";
import { currentLocale, t } from "../../shared/locale";
import { colorName } from "./colors";

/** What the products on show are narrowed down to, and how to change that. */
export interface Filtering {
  readonly filters: Filters;
  /** Counts of what passes the filters. */
  readonly facets: Facets | null;
  readonly apply: (filters: Filters) => void;
  /** Counts of what would pass these filters. */
  readonly facetsWith: (filters: Filters, signal: AbortSignal) => Promise<Facets | null>;
}

const kOrders: readonly [Order, MessageKey][] = [
  ["likeness", "sort.likeness"],
  ["price", "sort.price"],
  ["-price", "sort.price_down"],
];

/** Over the products: filter and order, and a chip for each filter that takes it off again. */
export function filterBar(filtering: Filtering, on_open: () => void): HTMLElement {
  const { filters, apply } = filtering;
  const count = filterCount(filters);
  const open = element("button", { type: "button", class: "button small", "data-key": "filter", "aria-haspopup": "dialog" }, icon("filter"), t("filter.title"));
  if (count > 0) open.append(element("span", { class: "count-badge" }, new Intl.NumberFormat(currentLocale()).format(count)));
  open.addEventListener("click", on_open);
  const row = element("div", { class: "filter-row" }, wordsField(filters, apply), open, stockButton(filters, apply), orderChoice(filters, apply));
  const bar = element("div", { class: "filter-bar", role: "group", "aria-label": t("filter.title") }, row);
  if (count > 0) bar.append(chips(filters, apply));
  return bar;
}

/** The last step of "Kitchen > Mugs": what a chip has room for. */
export function categoryName(category: string): string {
  return category.split(">").at(-1)?.trim() ?? category;
}

/** A price range in words, such as "€5.00 to €12.00". */
export function priceWords({ price }: Filters): string {
  if (price === null) return "";
  const low = formatPrice(price.min, price.currency);
  const high = formatPrice(price.max, price.currency);
  if (low === null) return t("filter.at_most", { price: high ?? "" });
  return high === null ? t("filter.at_least", { price: low }) : t("filter.between", { low, high });
}

function wordsField(filters: Filters, apply: (filters: Filters) => void): HTMLElement {
  const input = element("input", {
    type: "search", class: "words-input", "data-key": "words", dir: "auto", enterkeyhint: "search", autocomplete: "off",
    maxlength: "120", value: filters.words, placeholder: t("filter.words"), "aria-label": t("filter.words"),
  });
  input.addEventListener("change", () => {
    const words = readWords(input.value);
    if (words !== filters.words) apply({ ...filters, words });
  });
  return element("span", { class: "words" }, icon("search"), input);
}

function stockButton(filters: Filters, apply: (filters: Filters) => void): HTMLElement {
  const button = element(
    "button",
    { type: "button", class: "button small", "data-key": "stock", "aria-pressed": String(filters.in_stock) },
    t("filter.in_stock"),
  );
  button.addEventListener("click", () => apply({ ...filters, in_stock: !filters.in_stock }));
  return button;
}

function orderChoice(filters: Filters, apply: (filters: Filters) => void): HTMLElement {
  const options = kOrders.map(([order, key]) => element("option", { value: order, selected: order === filters.order }, t(key)));
  const select = element("select", { "data-key": "order", "aria-label": t("sort.label") }, ...options);
  select.addEventListener("change", () => {
    const chosen = kOrders.find(([order]) => order === select.value);
    if (chosen !== undefined) apply({ ...filters, order: chosen[0] });
  });
  return element("span", { class: "choice sort" }, select);
}

function chips(filters: Filters, apply: (filters: Filters) => void): HTMLElement {
  const chip = (name: string, rest: Filters): HTMLElement => {
    const button = element(
      "button",
      { type: "button", class: "filter-chip", "aria-label": t("filter.remove", { name }) },
      element("bdi", {}, name),
      icon("close"),
    );
    button.addEventListener("click", () => apply(rest));
    return button;
  };
  const all = [
    ...filters.categories.map((value) => chip(categoryName(value), { ...filters, categories: toggled(filters.categories, value) })),
    ...filters.brands.map((value) => chip(value, { ...filters, brands: toggled(filters.brands, value) })),
    ...filters.colors.map((value) => chip(colorName(value), { ...filters, colors: toggled(filters.colors, value) })),
  ];
  if (filters.price !== null) all.push(chip(priceWords(filters), without(filters, "price")));
  if (filters.words !== "") all.push(chip(filters.words, without(filters, "words")));
  if (filters.in_stock) all.push(chip(t("filter.in_stock"), without(filters, "in_stock")));
  const clear = element("button", { type: "button", class: "text-button" }, t("filter.clear"));
  clear.addEventListener("click", () => apply(withoutAll(filters)));
  return element("div", { class: "filter-chips" }, ...all, clear);
}

import type { FacetCount, Facets } from "../../api/client";
import { openDialog } from "../../shared/dialog";
import { element, keepFocus } from "../../shared/dom";
import { isAbort } from "../../shared/errors";
import { filterCount, readAmount, toggled, without, withoutAll, type FilterGroup, type Filters } from "../../shared/filters";
import { formatPrice } from "../../shared/format";
import { currentCurrency, currentLocale, t } from "../../shared/locale";
import { colorWords } from "./colors";
import { categoryName, type Filtering } from "./filter_bar";

const kOptionsAtFirst = 8;

/**
 * The filters with counts, at the side or from below on a phone. A choice works at once: the products behind change,
 * and `update` brings the new counts.
 */
export class FilterPanel {
  private dialog: HTMLDialogElement | null = null;
  private filtering: Filtering | null = null;
  private readonly unfolded = new Set<FilterGroup>();
  private request: AbortController | null = null;
  private prices: Facets["price"] = null;

  open(filtering: Filtering): void {
    this.unfolded.clear();
    this.prices = filtering.facets?.price ?? null;
    this.dialog = openDialog({ class: "panel", label: t("filter.title") });
    this.dialog.addEventListener("close", () => {
      this.request?.abort();
      this.dialog = null;
    });
    this.update(filtering);
  }

  /** Shows the counts of the products that are there now, if it is open. */
  update(filtering: Filtering): void {
    this.filtering = filtering;
    if (this.dialog === null) return;
    this.show(new Map());
    void this.countChosen(filtering);
  }

  /** What a chosen group could be widened to is counted without that group; until then its choices stand alone. */
  private async countChosen({ filters, facetsWith }: Filtering): Promise<void> {
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    const chosen = (["categories", "brands", "colors", "price"] as const).filter((group) => filterCount(without(filters, group)) < filterCount(filters));
    if (chosen.length === 0) return;
    try {
      const counts = await Promise.all(
        chosen.map(async (group) => [group, await facetsWith(without(filters, group), request.signal)] as const),
      );
      if (!request.signal.aborted) this.show(new Map(counts));
    } catch (error) {
      if (!isAbort(error)) return; // the choices can still be taken off
    }
  }

  private show(others: ReadonlyMap<FilterGroup, Facets | null>): void {
    const { dialog, filtering } = this;
    if (dialog === null || filtering === null) return;
    const { filters, facets, apply } = filtering;
    const of = (group: FilterGroup): Facets | null => others.get(group) ?? facets;
    // The ranges of a chosen range would be parts of it: those before it stay until they are counted anew.
    if (filters.price === null || others.has("price")) this.prices = of("price")?.price ?? null;
    const scroll = dialog.querySelector(".panel-body")?.scrollTop ?? 0;
    const body = element(
      "div",
      { class: "panel-body" },
      this.options("categories", t("filter.category"), of("categories")?.categories ?? [], filters.categories, (categories) => apply({ ...filters, categories })),
      this.price(filters, apply),
      this.options("brands", t("filter.brand"), of("brands")?.brands ?? [], filters.brands, (brands) => apply({ ...filters, brands })),
      this.options("colors", t("filter.color"), of("colors")?.colors ?? [], filters.colors, (colors) => apply({ ...filters, colors })),
      stockOption(filters, of("in_stock"), apply),
    );
    keepFocus(dialog, () => {
      dialog.replaceChildren(this.head(dialog), body, this.foot(dialog, filtering));
      body.scrollTop = scroll;
    });
  }

  private head(dialog: HTMLDialogElement): HTMLElement {
    const close = element("button", { type: "button", class: "icon-button", "data-key": "close", "aria-label": t("action.close") }, "✕");
    close.addEventListener("click", () => dialog.close());
    return element("div", { class: "panel-head" }, element("h2", {}, t("filter.title")), close);
  }

  private foot(dialog: HTMLDialogElement, { filters, apply }: Filtering): HTMLElement {
    const clear = element("button", { type: "button", class: "button", "data-key": "clear", disabled: filterCount(filters) === 0 }, t("filter.clear"));
    clear.addEventListener("click", () => apply(withoutAll(filters)));
    const show = element("button", { type: "button", class: "button primary", "data-key": "show" }, t("filter.show"));
    show.addEventListener("click", () => dialog.close());
    return element("div", { class: "panel-foot" }, clear, show);
  }

  private options(
    group: keyof typeof kWords,
    title: string,
    counts: readonly FacetCount[],
    chosen: readonly string[],
    apply: (chosen: string[]) => void,
  ): HTMLElement {
    const gone = chosen.filter((value) => !counts.some((count) => count.value === value)).map((value) => ({ value, count: 0 }));
    const all = [...gone, ...counts];
    const shown = this.unfolded.has(group) ? all : all.slice(0, Math.max(kOptionsAtFirst, gone.length));
    const list = shown.map(({ value, count }) => {
      return option(`${group}:${value}`, kWords[group](value), count, chosen.includes(value), () => apply(toggled(chosen, value)));
    });
    const field = element("fieldset", { class: "panel-group", hidden: all.length === 0 }, element("legend", {}, title), ...list);
    if (shown.length < all.length) {
      const more = element("button", { type: "button", class: "text-button", "data-key": `more:${group}` }, t("filter.more"));
      more.addEventListener("click", () => {
        this.unfolded.add(group);
        if (this.filtering !== null) this.update(this.filtering);
      });
      field.append(more);
    }
    return field;
  }

  private price(filters: Filters, apply: (filters: Filters) => void): HTMLElement {
    const range = this.prices;
    const currency = filters.price?.currency ?? currentCurrency() ?? range?.currency ?? null;
    if (currency === null) return element("div", { hidden: true });
    const read = (): void => {
      const min = readAmount(from.value, currency);
      const max = readAmount(to.value, currency);
      const is_upside_down = min !== null && max !== null && Number(min) > Number(max);
      const price = is_upside_down ? { currency, min: max, max: min } : { currency, min, max };
      apply({ ...filters, price: min === null && max === null ? null : price });
    };
    const input = (key: string, value: string | null, hint: string | null): HTMLInputElement => {
      const made = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", dir: "ltr", "data-key": key, placeholder: hint ?? "" });
      made.value = value === null ? "" : plainAmount(value);
      made.addEventListener("change", read);
      return made;
    };
    const from = input("price:from", filters.price?.min ?? null, formatPrice(range?.min ?? null, currency));
    const to = input("price:to", filters.price?.max ?? null, formatPrice(range?.max ?? null, currency));
    return element(
      "fieldset",
      { class: "panel-group" },
      element("legend", {}, `${t("filter.price")} (${currency})`),
      element("div", { class: "price-fields" }, element("label", {}, element("span", {}, t("filter.price_from")), from), element("label", {}, element("span", {}, t("filter.price_to")), to)),
      ...priceRanges(filters, range, apply),
    );
  }
}

/** Ranges with counts; the numbers in the fields are those of the chosen one. */
function priceRanges(filters: Filters, facets: Facets["price"], apply: (filters: Filters) => void): HTMLElement[] {
  if (facets === null) return [];
  const { currency, ranges } = facets;
  return ranges.map(({ min, max, count }) => {
    const { price } = filters;
    const is_chosen = price !== null && price.currency === currency && price.min === min && price.max === max;
    const ends = { low: formatPrice(min, currency) ?? min, high: formatPrice(max, currency) ?? max };
    const words = element("span", { class: "panel-words" }, element("bdi", {}, t("filter.between", ends)));
    return option(`price:${min}-${max}`, words, count, is_chosen, () => apply({ ...filters, price: is_chosen ? null : { currency, min, max } }));
  });
}

const kWords = {
  categories: categoryWords,
  brands: (brand: string) => element("span", { class: "panel-words" }, element("bdi", {}, brand)),
  colors: colorWords,
} as const;

function stockOption(filters: Filters, facets: Facets | null, apply: (filters: Filters) => void): HTMLElement {
  const count = facets?.availability.find(({ value }) => value === "in_stock")?.count ?? 0;
  const choose = (): void => apply({ ...filters, in_stock: !filters.in_stock });
  const row = option("stock", element("span", {}, t("filter.in_stock")), count, filters.in_stock, choose);
  return element("div", { class: "panel-group" }, row);
}

function option(key: string, words: HTMLElement, count: number, is_chosen: boolean, on_change: () => void): HTMLElement {
  const box = element("input", { type: "checkbox", "data-key": key, checked: is_chosen });
  box.addEventListener("change", on_change);
  const number = new Intl.NumberFormat(currentLocale()).format(count);
  return element("label", { class: "panel-option" }, box, words, element("span", { class: "panel-count" }, number));
}

/** "Kitchen > Mugs": the last step, with the way there beneath it in small. */
function categoryWords(category: string): HTMLElement {
  const steps = category.split(">").slice(0, -1).map((step) => step.trim());
  const words = element("span", { class: "panel-words" }, element("bdi", {}, categoryName(category)));
  if (steps.length > 0) words.append(element("bdi", { class: "panel-path" }, steps.join(" › ")));
  return words;
}

/** An amount as the reader types it, without the currency. */
function plainAmount(amount: string): string {
  return new Intl.NumberFormat(currentLocale(), { useGrouping: false, maximumFractionDigits: 4 }).format(Number(amount));
}

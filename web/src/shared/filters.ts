// What a shopper narrows the products down to, as parameters of the server's searches and of the page's address.
import { currencyDigits } from "./currency";

export type Order = "likeness" | "price" | "-price";
const kOrders: readonly Order[] = ["likeness", "price", "-price"];

const kAmountDigitsMax = 12; // before the point
const kWordsMax = 120; // letters: at most 480 bytes

/** A price range; either end may be open. */
export interface PriceRange {
  readonly currency: string; // ISO 4217
  readonly min: string | null; // decimal text
  readonly max: string | null;
}

export interface Filters {
  readonly categories: readonly string[];
  readonly brands: readonly string[];
  readonly colors: readonly string[];
  readonly price: PriceRange | null;
  readonly in_stock: boolean;
  readonly words: string; // of titles and brands, beside the photo
  readonly order: Order;
}

export const kNoFilters: Filters = { categories: [], brands: [], colors: [], price: null, in_stock: false, words: "", order: "likeness" };

/** The part of the filters that a facet belongs to. */
export type FilterGroup = "categories" | "brands" | "colors" | "price" | "in_stock" | "words";

/** How many filters narrow the products; the order is none. */
export function filterCount({ categories, brands, colors, price, in_stock, words }: Filters): number {
  return categories.length + brands.length + colors.length + Number(price !== null) + Number(in_stock) + Number(words !== "");
}

/** The filters without those of one group. */
export function without(filters: Filters, group: FilterGroup): Filters {
  return { ...filters, [group]: kNoFilters[group] };
}

/** The other filters stay; the order too. */
export function withoutAll({ order }: Filters): Filters {
  return { ...kNoFilters, order };
}

/** The list with the value, or without it if it was there. */
export function toggled(list: readonly string[], value: string): string[] {
  return list.includes(value) ? list.filter((other) => other !== value) : [...list, value];
}

/** A range in another currency than the shopper's is dropped: its numbers mean something else now. */
export function inCurrency(filters: Filters, currency: string | null): Filters {
  const is_other = filters.price !== null && currency !== null && filters.price.currency !== currency;
  return is_other ? without(filters, "price") : filters;
}

/** Adds the filters to a search of the server. */
export function addFilters(query: URLSearchParams, filters: Filters): void {
  for (const category of filters.categories) query.append("category", category);
  for (const brand of filters.brands) query.append("brand", brand);
  for (const color of filters.colors) query.append("color", color);
  if (filters.in_stock) query.append("availability", "in_stock");
  if (filters.words !== "") query.set("words", filters.words);
  if (filters.order !== "likeness") query.set("order", filters.order);
  if (filters.price === null) return;
  query.set("currency", filters.price.currency);
  if (filters.price.min !== null) query.set("price_min", filters.price.min);
  if (filters.price.max !== null) query.set("price_max", filters.price.max);
}

/** The filters of an address of the page; what is no filter is left alone. */
export function readFilters(query: URLSearchParams): Filters {
  const currency = query.get("currency") ?? "";
  const amount = (name: string): string | null => {
    const text = query.get(name);
    return text !== null && /^\d+(\.\d+)?$/.test(text) ? inMinorUnits(text, currency) : null;
  };
  const [min, max] = [amount("price_min"), amount("price_max")];
  const has_price = /^[A-Z]{3}$/.test(currency) && (min !== null || max !== null);
  return {
    categories: query.getAll("category"),
    brands: query.getAll("brand"),
    colors: query.getAll("color"),
    price: has_price ? { currency, min, max } : null,
    in_stock: query.get("availability") === "in_stock",
    words: readWords(query.get("words") ?? ""),
    order: kOrders.find((order) => order === query.get("order")) ?? "likeness",
  };
}

/** What the shopper typed beside the photo, as the server takes it. */
export function readWords(text: string): string {
  return text.replace(/[\p{Cc}\s]+/gu, " ").trim().slice(0, kWordsMax);
}

/**
 * What the shopper typed as an amount of the currency, as decimal text; null if it is none. "1 299,50" and "1299.50" are
 * the same.
 */
export function readAmount(text: string, currency: string): string | null {
  const digits = text.replace(/[\s\u00a0\u202f'’]/g, "").replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660));
  const match = /^(\d+(?:[.,]\d{3})*?)(?:[.,](\d{1,2}))?$/.exec(digits);
  if (match === null) return null;
  const whole = (match[1] ?? "").replace(/[.,]/g, "");
  return inMinorUnits(match[2] === undefined ? whole : `${whole}.${match[2]}`, currency);
}

/** Decimal text that the server takes as an amount: no digits that the currency does not have, and not too many. */
function inMinorUnits(amount: string, currency: string): string {
  const [whole = "", fraction = ""] = amount.split(".");
  if (whole.length > kAmountDigitsMax) return "9".repeat(kAmountDigitsMax); // more than anything costs
  const digits = currencyDigits(currency);
  return fraction.length <= digits ? amount : Number(amount).toFixed(digits);
}

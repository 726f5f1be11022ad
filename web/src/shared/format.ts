// Numbers and words as people read them.
import type { ProductMatch } from "../api/client";
import { currencyDigits } from "./currency";
import { currentLocale, t } from "./locale";
import type { MessageKey } from "./languages";
import en from "../locales/en.json";

/** "12.99" and "EUR" -> "€12.99" in the reader's own form; null without a price. */
export function formatPrice(
  amount: string | null,
  currency: string | null,
  locale: string = currentLocale(),
): string | null {
  if (amount === null || currency === null) return null;
  try {
    // All digits where there is something in them: Intl would leave out those of some currencies.
    const digits = /\.\d*[1-9]/.test(amount) ? currencyDigits(currency) : undefined;
    const options = { style: "currency", currency, minimumFractionDigits: digits, maximumFractionDigits: digits } as const;
    return new Intl.NumberFormat(locale, options).format(Number(amount));
  } catch (error) {
    if (error instanceof RangeError) return `${amount} ${currency}`; // a currency unknown here
    throw error;
  }
}

/** What to tell about availability; null for products in stock, as most are. */
export function formatAvailability(availability: ProductMatch["availability"]): string | null {
  return availability === "in_stock" ? null : t(`card.${availability}`);
}

/** "mug" -> "Mug"; the names of the classes come from the model, and the default model's are translated. */
export function formatClass(name: string): string {
  const words = name.replaceAll("_", " ");
  const key = `class.${words.replaceAll(" ", "_")}`;
  if (key in en) return t(key as MessageKey);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A likeness, or a cosine, as a percentage from 0 to 100. */
export function likenessPercent(value: number): number {
  return Math.round(100 * Math.min(Math.max(value, 0), 1));
}

// A shopper wants a word, not a number: more than this are very similar, and similar.
const kVerySimilarMin = 0.7;
const kSimilarMin = 0.35;

/** What a spot-by-spot comparison found, else what the calibrated score means, else how near the pictures are. */
export function likenessWords(match: {
  likeness: number | null;
  score: number;
  same_item: boolean;
}): string {
  if (match.same_item) return t("card.same_item");
  if (match.likeness === null) {
    const value = likenessPercent(match.score) / 100;
    return t("card.alike", { percent: new Intl.NumberFormat(currentLocale(), { style: "percent" }).format(value) });
  }
  if (match.likeness >= kVerySimilarMin) return t("card.very_similar");
  return t(match.likeness >= kSimilarMin ? "card.quite_similar" : "card.less_similar");
}

/** 2000 -> "2,000 products". */
export function productCount(count: number): string {
  return t("results.count", { count });
}

// Numbers and words as people read them.

/** "12.99" and "EUR" -> "€12.99" in the reader's own form; null without a price. */
export function formatPrice(
  amount: string | null,
  currency: string | null,
  locale?: string,
): string | null {
  if (amount === null || currency === null) return null;
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency }).format(Number(amount));
  } catch (error) {
    if (error instanceof RangeError) return `${amount} ${currency}`; // a currency unknown here
    throw error;
  }
}

const availabilityWords: Record<string, string> = {
  out_of_stock: "Out of stock",
  preorder: "Preorder",
  backorder: "Backorder",
};

/** What to tell about availability; null for products in stock, as most are. */
export function formatAvailability(availability: string): string | null {
  return availabilityWords[availability] ?? null;
}

/** "mug" -> "Mug"; the names of the classes come from the model. */
export function formatClass(name: string): string {
  if (name === "whole picture") return "Whole photo";
  if (name === "selection") return "Your selection";
  if (name === "other") return "Thing"; // what the detector cannot name
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A likeness, or a cosine, as a percentage from 0 to 100. */
export function likenessPercent(value: number): number {
  return Math.round(100 * Math.min(Math.max(value, 0), 1));
}

/** What a spot-by-spot comparison found, else a probability where the model has a calibration, else how near the pictures are. */
export function likenessWords(match: {
  likeness: number | null;
  score: number;
  same_item: boolean;
}): string {
  if (match.same_item) return "Same item";
  return match.likeness === null
    ? `${likenessPercent(match.score)}% alike`
    : `${likenessPercent(match.likeness)}% likely`;
}

/** (1, "product") -> "1 product", (2000, "product") -> "2,000 products". */
export function count(number: number, noun: string): string {
  return `${new Intl.NumberFormat("en").format(number)} ${noun}${number === 1 ? "" : "s"}`;
}

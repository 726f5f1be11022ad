import catalog from "element-catalog";

import type { ProductMatch } from "../src/api/client";
import type { Language } from "../src/shared/languages";
import { formatMessage, type MessageValues } from "../src/shared/message_format";
import { kMessageKeys, type ElementMessage } from "./message_keys";

const kLanguages = Object.keys(catalog) as Language[];
const kOldCodes: Readonly<Record<string, Language>> = { no: "nb", nn: "nb", iw: "he" };
const kPositions = new Map(kMessageKeys.map((key, index) => [key, index]));
// As on the page: more than this are very similar, and similar.
const kVerySimilarMin = 0.7;
const kSimilarMin = 0.35;

/** The first of the wanted languages (BCP 47) that the element speaks; English if it speaks none. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0] ?? "";
    const found = kLanguages.find((language) => language === (kOldCodes[base] ?? base));
    if (found !== undefined) return found;
  }
  return "en";
}

/** Words, numbers and prices in one language. Two elements of a page may speak two. */
export class Words {
  readonly language: Language;
  readonly direction: "ltr" | "rtl";
  /** For Intl: with the reader's region where one is known. */
  private readonly locale: string;

  /** `wanted`: languages by preference; the first tag of the chosen language gives the region. */
  constructor(wanted: readonly string[]) {
    this.language = chooseLanguage(wanted);
    this.direction = this.language === "ar" || this.language === "he" ? "rtl" : "ltr";
    const own = wanted.find((tag) => tag.toLowerCase().split("-")[0] === this.language) ?? this.language;
    this.locale = this.language === "ar" ? `${own}-u-nu-latn` : own; // Western digits, as most shops have
  }

  t(key: ElementMessage, values: MessageValues = {}): string {
    const pattern = catalog[this.language][kPositions.get(key) ?? -1];
    if (pattern === undefined) throw new Error(`no message ${key}`);
    return formatMessage(pattern, values, this.locale);
  }

  /** "12.99" and "EUR" -> "€12.99" in the reader's own form; null without a price. */
  price(amount: string | null, currency: string | null): string | null {
    if (amount === null || currency === null) return null;
    try {
      return new Intl.NumberFormat(this.locale, { style: "currency", currency }).format(Number(amount));
    } catch (error) {
      if (error instanceof RangeError) return `${amount} ${currency}`; // a currency unknown here
      throw error;
    }
  }

  /** The name of a detector's class; those of other models are shown as they are. */
  className(name: string): string {
    const key = kMessageKeys.find((known) => known === `class.${name.replaceAll(" ", "_")}`);
    if (key !== undefined) return this.t(key);
    const words = name.replaceAll("_", " ");
    return words.charAt(0).toLocaleUpperCase(this.locale) + words.slice(1);
  }

  availability(availability: ProductMatch["availability"]): string {
    return this.t(availability === "in_stock" ? "filter.in_stock" : `card.${availability}`);
  }

  likeness(product: Pick<ProductMatch, "same_item" | "likeness" | "score">): string {
    if (product.same_item) return this.t("card.same_item");
    const { likeness } = product;
    if (likeness !== null)
      return this.t(
        likeness >= kVerySimilarMin ? "card.very_similar" : likeness >= kSimilarMin ? "card.quite_similar" : "card.less_similar",
      );
    const value = Math.min(Math.max(product.score, 0), 1);
    return this.t("card.alike", { percent: new Intl.NumberFormat(this.locale, { style: "percent" }).format(value) });
  }
}

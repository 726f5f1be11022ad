// What the reader reads and pays with: one language and one currency for the whole page, remembered on the device.
import { formatMessage, type MessageValues } from "./message_format";
import { chooseLanguage, direction, kLanguages, loadMessages, type Language, type MessageKey, type Messages } from "./languages";
import { readStore, writeStore } from "./store";
import en from "../locales/en.json";

const kLanguageStore = "snapshelf.language";
const kCurrencyStore = "snapshelf.currency";

/** The currencies that a shopper may choose. */
export const kCurrencies = (
  "EUR USD JPY CZK DKK GBP HUF PLN RON SEK CHF ISK NOK TRY AUD BRL CAD CNY HKD IDR ILS INR KRW MXN MYR NZD PHP SGD " +
  "THB ZAR AED SAR TWD CLP COP"
).split(" ");

let language: Language = "en";
let messages: Messages = en;
let currency: string | null = null;

export function currentLanguage(): Language {
  return language;
}

/** ISO 4217; null: prices as the shop has them. */
export function currentCurrency(): string | null {
  return currency;
}

/**
 * The tag for Intl: the reader's own region where the browser names one for the language. Arabic keeps to Western
 * digits, as most shops do.
 */
export function currentLocale(): string {
  const own = globalThis.navigator?.languages?.find((tag) => tag.toLowerCase().split("-")[0] === language) ?? language;
  return language === "ar" ? `${own}-u-nu-latn` : own;
}

/** The message in the reader's language. */
export function t(key: MessageKey, values: MessageValues = {}): string {
  return formatMessage(messages[key], values, currentLocale());
}

/** Reads what was chosen before, else what the browser asks for. */
export async function openLocale(): Promise<void> {
  const stored = kLanguages.find((known) => known === readStore(kLanguageStore));
  const stored_currency = readStore(kCurrencyStore);
  currency = kCurrencies.find((known) => known === stored_currency) ?? null;
  try {
    await useLanguage(stored ?? chooseLanguage(navigator.languages));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    await useLanguage("en"); // its words could not be had, without a connection; English comes with the page
  }
}

export async function setLanguage(chosen: Language): Promise<void> {
  await useLanguage(chosen);
  writeStore(kLanguageStore, chosen);
}

export function setCurrency(chosen: string | null): void {
  currency = chosen;
  writeStore(kCurrencyStore, chosen ?? "");
}

/** Fills the elements that name a message: their text by data-message, their label by data-message-label. */
export function translatePage(): void {
  document.documentElement.lang = language;
  document.documentElement.dir = direction(language);
  document.title = t("page.title");
  for (const found of document.querySelectorAll<HTMLElement>("[data-message]"))
    found.textContent = t(found.dataset["message"] as MessageKey);
  for (const found of document.querySelectorAll<HTMLElement>("[data-message-label]"))
    found.setAttribute("aria-label", t(found.dataset["messageLabel"] as MessageKey));
}

async function useLanguage(chosen: Language): Promise<void> {
  messages = await loadMessages(chosen);
  language = chosen;
}

// The languages of the page and their messages. A language that lacks a message fails the type check, and
// tools/check_messages.py fails the build.
import en from "../locales/en.json";

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;

/** English comes with the page; the others are loaded when they are chosen. */
const loaders = {
  en: () => Promise.resolve({ default: en }),
  fr: () => import("../locales/fr.json"),
  de: () => import("../locales/de.json"),
  es: () => import("../locales/es.json"),
  it: () => import("../locales/it.json"),
  pt: () => import("../locales/pt.json"),
  nl: () => import("../locales/nl.json"),
  pl: () => import("../locales/pl.json"),
  cs: () => import("../locales/cs.json"),
  sk: () => import("../locales/sk.json"),
  hu: () => import("../locales/hu.json"),
  ro: () => import("../locales/ro.json"),
  el: () => import("../locales/el.json"),
  sv: () => import("../locales/sv.json"),
  da: () => import("../locales/da.json"),
  nb: () => import("../locales/nb.json"),
  fi: () => import("../locales/fi.json"),
  tr: () => import("../locales/tr.json"),
  ar: () => import("../locales/ar.json"),
  he: () => import("../locales/he.json"),
} satisfies Record<string, () => Promise<{ default: Messages }>>;

export type Language = keyof typeof loaders;

export const kLanguages = Object.keys(loaders) as Language[];

const kRightToLeft: ReadonlySet<Language> = new Set<Language>(["ar", "he"]);

export function direction(language: Language): "ltr" | "rtl" {
  return kRightToLeft.has(language) ? "rtl" : "ltr";
}

export async function loadMessages(language: Language): Promise<Messages> {
  return (await loaders[language]()).default;
}

/** The first of the wanted languages (BCP 47) that the page speaks; English if it speaks none. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0] ?? "";
    const name = base === "no" || base === "nn" ? "nb" : base === "iw" ? "he" : base;
    const found = kLanguages.find((language) => language === name);
    if (found !== undefined) return found;
  }
  return "en";
}

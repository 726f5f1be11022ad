// The languages of the page and their messages. A language that lacks a message fails the type check, and
// tools/check_messages.py fails the build.
import en from "../messages/en.json";

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;

/** English comes with the page; the others are loaded when they are chosen. */
const loaders = {
  en: () => Promise.resolve({ default: en }),
  fr: () => import("../messages/fr.json"),
  de: () => import("../messages/de.json"),
  es: () => import("../messages/es.json"),
  it: () => import("../messages/it.json"),
  pt: () => import("../messages/pt.json"),
  nl: () => import("../messages/nl.json"),
  pl: () => import("../messages/pl.json"),
  cs: () => import("../messages/cs.json"),
  sk: () => import("../messages/sk.json"),
  hu: () => import("../messages/hu.json"),
  ro: () => import("../messages/ro.json"),
  el: () => import("../messages/el.json"),
  sv: () => import("../messages/sv.json"),
  da: () => import("../messages/da.json"),
  nb: () => import("../messages/nb.json"),
  fi: () => import("../messages/fi.json"),
  tr: () => import("../messages/tr.json"),
  ar: () => import("../messages/ar.json"),
  he: () => import("../messages/he.json"),
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

import { showToast } from "../../shared/dialog";
import { byId, element } from "../../shared/dom";
import { kLanguages, type Language } from "../../shared/languages";
import {
  currentCurrency,
  currentLanguage,
  currentLocale,
  kCurrencies,
  setCurrency,
  setLanguage,
  t,
} from "../../shared/locale";

/** Fills the choosers of language and currency in the reader's language; `on_change` hears of a choice. */
export function showLocaleChoices(on_change: () => void): void {
  const languages = byId("language", HTMLSelectElement);
  languages.replaceChildren(
    ...kLanguages.map((language) => option(language, autonym(language), language === currentLanguage(), language)),
  );
  languages.onchange = async () => {
    try {
      await setLanguage(languages.value as Language);
      on_change();
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      languages.value = currentLanguage(); // its words cannot be had now
      showToast(t("error.unreachable"));
    }
  };
  const names = new Intl.DisplayNames([currentLocale()], { type: "currency" });
  const currencies = byId("currency", HTMLSelectElement);
  currencies.replaceChildren(
    option("", t("nav.shop_currency"), currentCurrency() === null),
    ...kCurrencies.map((code) => option(code, `${code} – ${names.of(code) ?? code}`, code === currentCurrency())),
  );
  currencies.onchange = () => {
    setCurrency(currencies.value === "" ? null : currencies.value);
    on_change();
  };
}

/** A language by its own name, as its readers look for it. */
function autonym(language: Language): string {
  const name = new Intl.DisplayNames([language], { type: "language" }).of(language) ?? language;
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

function option(value: string, words: string, is_selected: boolean, lang?: string): HTMLOptionElement {
  return element("option", { value, selected: is_selected, lang }, words);
}

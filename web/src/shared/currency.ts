import { kCurrencies } from "./locale";

const kWithoutMinorUnit: readonly string[] = ["JPY", "KRW", "CLP", "ISK"];

/**
 * The digits behind the point of amounts in this currency by ISO 4217. Intl knows them too, but leaves out those that
 * people do not use: it gives forints none.
 */
export function currencyDigits(currency: string): number {
  if (kCurrencies.includes(currency)) return kWithoutMinorUnit.includes(currency) ? 0 : 2;
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch (error) {
    if (error instanceof RangeError) return 2; // no code of a currency
    throw error;
  }
}

// Colors come as the shop's feed writes them; the common English names are known in every language and have a swatch.
import { element } from "../../shared/dom";
import type { MessageKey } from "../../shared/languages";
import { t } from "../../shared/locale";

const kNames = [
  "black", "white", "grey", "silver", "gold", "beige", "brown", "red", "pink", "orange", "yellow", "green", "blue", "purple",
] as const;
type KnownColor = (typeof kNames)[number];

function knownColor(color: string): KnownColor | undefined {
  const name = color.toLowerCase();
  return kNames.find((known) => known === (name === "gray" ? "grey" : name));
}

/** In the shopper's language if the color is a known one, else as the shop writes it. */
export function colorName(color: string): string {
  const known = knownColor(color);
  return known === undefined ? color : t(`color.${known}` satisfies MessageKey);
}

/** Its name behind a dot of it; the dot is empty where the color is not known. */
export function colorWords(color: string): HTMLElement {
  const swatch = element("span", { class: "swatch", "data-color": knownColor(color) ?? "", "aria-hidden": "true" });
  return element("span", { class: "color-words" }, swatch, element("bdi", {}, colorName(color)));
}

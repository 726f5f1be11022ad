import { element, keepFocus } from "../../shared/dom";
import { objectNames } from "./object_names";

/** One button per object: the same choice as the boxes, with names, and the whole photo too. */
export function showChips(
  root: HTMLElement,
  objects: readonly { readonly class: string }[],
  active: number,
  on_pick: (index: number) => void,
): void {
  const chips = objectNames(objects).map((name, index) => {
    const chip = element(
      "button",
      { type: "button", class: "chip", "data-key": name, "aria-pressed": String(index === active) },
      name,
    );
    chip.addEventListener("click", () => on_pick(index));
    return chip;
  });
  keepFocus(root, () => root.replaceChildren(...chips));
  const chosen = chips[active];
  if (chosen !== undefined)
    root.scrollTo({ left: chosen.offsetLeft - root.offsetLeft - 24 });
}

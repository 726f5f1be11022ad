import { element } from "../../shared/dom";
import { formatClass } from "../../shared/format";

/** One button per object: the same choice as the boxes, with names, and the whole photo too. */
export function showChips(
  root: HTMLElement,
  objects: readonly { readonly class: string }[],
  active: number,
  on_pick: (index: number) => void,
): void {
  const names = objects.map((object) => formatClass(object.class));
  const chips = objects.map((_, index) => {
    const chip = element(
      "button",
      { type: "button", class: "chip", "aria-pressed": String(index === active) },
      numbered(names, index),
    );
    chip.addEventListener("click", () => on_pick(index));
    return chip;
  });
  root.replaceChildren(...chips);
  const chosen = chips[active];
  if (chosen !== undefined)
    root.scrollTo({ left: chosen.offsetLeft - root.offsetLeft - 24 });
}

/** The second "Mug" of a photo is "Mug 2". */
export function numbered(names: readonly string[], index: number): string {
  const name = names[index] ?? "";
  const before = names.slice(0, index).filter((other) => other === name).length;
  return before === 0 ? name : `${name} ${before + 1}`;
}

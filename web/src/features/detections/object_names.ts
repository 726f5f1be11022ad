import { formatClass } from "../../shared/format";

/** What the objects of a photo are called, each differently. */
export function objectNames(objects: readonly { readonly class: string }[]): string[] {
  return numbered(objects.map((object) => formatClass(object.class)));
}

/** The second "Mug" of a photo is "Mug 2". */
export function numbered(names: readonly string[]): string[] {
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length;
    return before === 0 ? name : `${name} ${before + 1}`;
  });
}

// Makes elements without innerHTML, so that no text of a catalog can become markup.

type Child = Node | string;

interface Attributes {
  [name: string]: string | boolean | undefined;
}

/** An element with attributes (true: present, false or undefined: absent) and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/** The element of the page with this id; it must exist and be of the class. */
export function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`page has no ${kind.name} #${id}`);
  return found;
}

/** Lets `renew` replace what is in `root`; the focus stays on what has the same data-key there. */
export function keepFocus(root: HTMLElement, renew: () => void): void {
  const { activeElement: focused } = document;
  const key = root.contains(focused) ? focused?.getAttribute("data-key") : null;
  renew();
  if (key) root.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

// The products that a shopper keeps, on this device alone.
import type { ProductMatch } from "../../api/client";
import { readStore, writeStore } from "../../shared/store";

const kStore = "snapshelf.saved";
const kSavedMax = 200;

/** As they were when they were saved; the last one first. */
export function savedProducts(): ProductMatch[] {
  try {
    const stored: unknown = JSON.parse(readStore(kStore) ?? "[]");
    return Array.isArray(stored) ? (stored as ProductMatch[]).filter(({ id, picture }) => id && picture) : [];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return []; // written by something else
    throw error;
  }
}

export function isSaved(id: string): boolean {
  return savedProducts().some((product) => product.id === id);
}

/** Saves the product, or removes it if it was saved; tells which. */
export function toggleSaved(product: ProductMatch): boolean {
  const others = savedProducts().filter(({ id }) => id !== product.id);
  const is_removed = others.length < savedProducts().length;
  // How like it was to the photo means nothing in the list.
  const plain: ProductMatch = { ...product, matches: null, same_item: false, likeness: null };
  write(is_removed ? others : [plain, ...others].slice(0, kSavedMax));
  return !is_removed;
}

/** Takes the products as they are now; those that are not among them stay as they were. */
export function renewSaved(products: readonly ProductMatch[]): void {
  const by_id = new Map(products.map((product) => [product.id, product]));
  writeStore(kStore, JSON.stringify(savedProducts().map((saved) => by_id.get(saved.id) ?? saved)));
}

export function forgetSaved(): void {
  write([]);
}

function write(products: ProductMatch[]): void {
  writeStore(kStore, JSON.stringify(products));
  dispatchEvent(new Event(kSavedChange));
}

/** Told to the window whenever the list has changed. */
export const kSavedChange = "snapshelf:saved";

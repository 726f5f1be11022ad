import { ApiError, productById, type Product, type ProductMatch } from "../../api/client";
import { currentLanguage } from "../../shared/locale";

const kAtATime = 12;

/** Products by their ids, in this order, and how many of them are gone. */
export async function loadItems(ids: readonly string[], signal: AbortSignal): Promise<{ products: ProductMatch[]; gone: number }> {
  const found: (ProductMatch | null)[] = [];
  for (let begin = 0; begin < ids.length; begin += kAtATime) {
    const some = ids.slice(begin, begin + kAtATime);
    found.push(...(await Promise.all(some.map((id) => productById(id, signal).then(asMatch, nullIfGone)))));
  }
  const products = found.filter((product) => product !== null);
  return { products, gone: found.length - products.length };
}

function nullIfGone(error: unknown): null {
  if (error instanceof ApiError && error.status === 404) return null;
  throw error;
}

/** A product as the cards show it, by itself: nothing was compared with it. */
export function asMatch(product: Product): ProductMatch {
  const language = currentLanguage();
  const title = product.titles[language];
  return {
    ...product,
    title: title ?? product.title,
    title_language: title === undefined ? null : language,
    picture: product.pictures[0]?.url ?? "",
    score: 0,
    likeness: null,
    same_item: false,
    matches: null,
  };
}

// What a page hears from the element. All events bubble and cross shadow roots.
import type { FoundObject, ProductMatch } from "../src/api/client";
import type { TroubleCode } from "./trouble";

export type { FoundObject, ProductMatch, TroubleCode };

/** `results`: products are shown, of a new photo, another thing in it, or another part of it. */
export interface ResultsDetail {
  /** All that was found in the photo. */
  readonly objects: readonly FoundObject[];
  /** The one whose products are shown. */
  readonly object: FoundObject;
  readonly products: readonly ProductMatch[];
  /** False: the products are only the closest that the shop has. Null: the server cannot tell. */
  readonly good_match: boolean | null;
}

/** `select`: a product was chosen. Call preventDefault() to open it yourself; else its page opens in a new tab. */
export interface SelectDetail {
  readonly product: ProductMatch;
  /** Position in the list, from 0. */
  readonly index: number;
}

/** `error`: a search failed; the element tells the shopper too. */
export interface ErrorDetail {
  readonly code: TroubleCode;
  /** HTTP status; null if the server did not answer. */
  readonly status: number | null;
  /** For logs, in English. */
  readonly message: string;
}

export interface ShopByImageEventMap {
  results: CustomEvent<ResultsDetail>;
  select: CustomEvent<SelectDetail>;
  error: CustomEvent<ErrorDetail>;
}

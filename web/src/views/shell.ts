import type { Facets, ProductMatch } from "../api/client";
import { filterBar, type Filtering } from "../features/filters/filter_bar";
import type { FilterPanel } from "../features/filters/filter_panel";
import { emptyCatalogWords, notice, type ResultsView } from "../features/results/results";
import type { CardActions } from "../features/results/product_card";
import { isSaved, toggleSaved } from "../features/saved/saved_products";
import type { View } from "../navigation";
import type { SearchSession } from "../search_session";
import { showToast } from "../shared/dialog";
import type { Box } from "../shared/geometry";
import { filterCount, withoutAll, type Filters } from "../shared/filters";
import { t } from "../shared/locale";
import type { SimilarSession } from "../similar_session";

/** A thing in a photo, as it is kept for a reload. */
export interface Chosen {
  readonly box: Box;
  readonly is_selection: boolean; // drawn by the shopper
}

/** One step of the browser's history, with what was found there: going back needs no new search. */
export interface Step {
  readonly key: number;
  view: View;
  scroll: number;
  /** Of the photo's things, before a reload: what to choose again. */
  readonly chosen: Chosen | null;
  photo: SearchSession | null;
  similar: SimilarSession | null;
}

/** What all screens use. */
export interface Shell {
  readonly results: ResultsView;
  readonly panel: FilterPanel;
  readonly isCatalogEmpty: () => boolean;
  /** The step that is shown; answers for another one are not. */
  readonly step: () => Step;
  readonly go: (view: View) => void;
  /** The address follows the view and its filters, without a new step. */
  readonly rename: (step: Step, filters: Filters) => void;
}

export function cardActions(shell: Shell, on_compare: ((product: ProductMatch) => void) | null): CardActions {
  return {
    on_matches: on_compare,
    on_compare,
    on_similar: ({ id }) => shell.go({ name: "similar", id }),
    on_save: (product) => {
      const is_saved = toggleSaved(product);
      showToast(t(is_saved ? "saved.added" : "saved.removed"));
      return is_saved;
    },
    is_saved: ({ id }) => isSaved(id),
  };
}

/** A search that can be narrowed down. */
export interface Narrowed {
  filters: Filters;
  readonly facetsWith: (filters: Filters, signal: AbortSignal) => Promise<Facets | null>;
}

/** The bar over the products, and what stands in the place of products where the filters leave none. */
export function narrowing(
  shell: Shell,
  search: Narrowed,
  facets: Facets | null,
  again: () => void,
): { bar: HTMLElement; nothing: HTMLElement[] } {
  const filtering: Filtering = {
    filters: search.filters,
    facets,
    facetsWith: (filters, signal) => search.facetsWith(filters, signal),
    apply: (filters) => {
      search.filters = filters;
      shell.rename(shell.step(), filters);
      again();
    },
  };
  shell.panel.update(filtering);
  const clear = { words: t("filter.clear"), on_click: () => filtering.apply(withoutAll(search.filters)) };
  return {
    bar: filterBar(filtering, () => shell.panel.open(filtering)),
    nothing: filterCount(search.filters) > 0 ? [notice(t("filter.nothing"), t("filter.nothing_text"), clear)] : nothingWords(shell),
  };
}

function nothingWords(shell: Shell): HTMLElement[] {
  if (!shell.isCatalogEmpty()) return [notice(t("results.nothing"), t("results.nothing_text"))];
  const made = notice("", "");
  made.replaceChildren(...emptyCatalogWords());
  return [made];
}

import { ApiError, type Product } from "../api/client";
import { priceWords } from "../features/results/product_card";
import { asMatch } from "../features/saved/shared_items";
import { addressOf } from "../navigation";
import { SimilarSession } from "../similar_session";
import { shopAddress } from "../shared/address";
import { byId, element } from "../shared/dom";
import { describeError, type Trouble } from "../shared/errors";
import type { Filters } from "../shared/filters";
import { t } from "../shared/locale";
import { shareLink } from "../shared/share";
import { cardActions, narrowing, type Shell, type Step } from "./shell";

/** A product of the catalog, and what looks like it. */
export class SimilarView {
  private readonly side = byId("like", HTMLElement);

  constructor(private readonly shell: Shell) {}

  /** Shows what was found before, or searches. */
  async open(step: Step, id: string, filters: Filters): Promise<void> {
    this.side.replaceChildren(element("h1", { class: "visually-hidden" }, t("card.similar")));
    step.similar ??= this.makeSession(step, id, filters);
    if (!step.similar.showAgain()) await step.similar.search();
  }

  private makeSession(step: Step, id: string, filters: Filters): SimilarSession {
    const { results } = this.shell;
    const session = new SimilarSession(id, {
      on_searching: (is_first) => (is_first ? results.showSearching(null) : results.showRefreshing()),
      on_products: () => {
        if (this.shell.step() === step) this.show(session);
      },
      on_trouble: (error, retry) => {
        if (this.shell.step() === step) results.showTrouble(describeTrouble(error), retry, () => this.shell.go({ name: "start" }));
      },
    });
    session.filters = filters;
    return session;
  }

  private show(session: SimilarSession): void {
    if (session.product !== null) this.side.replaceChildren(productWords(session.product));
    const on_share = (): void => void shareLink(addressOf({ name: "similar", id: session.id }, session.filters));
    const { bar, nothing } = narrowing(this.shell, session, session.facets, () => void session.search());
    this.shell.results.show({
      title: t("card.similar"),
      products: session.products,
      match: "unknown",
      bar,
      nothing,
      more: session.has_more ? { load: () => session.loadMore(), hasMore: () => session.has_more } : null,
      on_share,
      actions: cardActions(this.shell, null),
    });
  }
}

/** What is not found here is the product. */
function describeTrouble(error: unknown): Trouble {
  if (!(error instanceof ApiError && error.status === 404)) return describeError(error);
  return { title: t("results.nothing"), text: t("items.gone", { count: 1 }), can_retry: false };
}

function productWords(product: Product): HTMLElement {
  const { title, title_language, brand, link, picture } = asMatch(product);
  const words = element("div", { class: "like-words" });
  if (brand !== "") words.append(element("p", {}, element("bdi", {}, brand)));
  words.append(element("h1", {}, element("bdi", { lang: title_language ?? undefined }, title)));
  const price = priceWords(product);
  if (price.length > 0) words.append(element("p", { class: "card-price" }, ...price));
  const href = shopAddress(link);
  if (href !== null) words.append(element("p", {}, element("a", { class: "button small", href, target: "_blank", rel: "noopener noreferrer" }, t("compare.open"))));
  return element("div", { class: "like-product" }, element("img", { src: `${picture}?w=640`, alt: "" }), words);
}

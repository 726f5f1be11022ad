import type { Product } from "../api/client";
import { asMatch } from "../features/saved/shared_items";
import { addressOf } from "../navigation";
import { SimilarSession } from "../similar_session";
import { shopAddress } from "../shared/address";
import { byId, element } from "../shared/dom";
import { describeError } from "../shared/errors";
import type { Filters } from "../shared/filters";
import { formatPrice } from "../shared/format";
import { t } from "../shared/locale";
import { shareLink } from "../shared/share";
import { cardActions, narrowing, type Shell, type Step } from "./shell";

/** A product of the catalog, and what looks like it. */
export class SimilarView {
  private readonly side = byId("like", HTMLElement);

  constructor(private readonly shell: Shell) {}

  /** Shows what was found before, or searches. */
  open(step: Step, id: string, filters: Filters): void {
    this.side.replaceChildren();
    step.similar ??= this.makeSession(step, id, filters);
    if (!step.similar.showAgain()) void step.similar.search();
  }

  private makeSession(step: Step, id: string, filters: Filters): SimilarSession {
    const { results } = this.shell;
    const session = new SimilarSession(id, {
      on_searching: (is_first) => (is_first ? results.showSearching(null) : results.showRefreshing()),
      on_products: () => {
        if (this.shell.step() === step) this.show(session);
      },
      on_trouble: (error, retry) => {
        if (this.shell.step() === step) results.showTrouble(describeError(error), retry, () => this.shell.go({ name: "start" }));
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

function productWords(product: Product): HTMLElement {
  const { title, title_language, brand, price, currency, link, picture } = asMatch(product);
  const words = element("div", { class: "like-words" });
  if (brand !== "") words.append(element("p", {}, element("bdi", {}, brand)));
  words.append(element("h1", {}, element("bdi", { lang: title_language ?? undefined }, title)));
  const amount = formatPrice(price, currency);
  if (amount !== null) words.append(element("p", {}, element("bdi", { class: "price" }, amount)));
  const href = shopAddress(link);
  if (href !== null) words.append(element("p", {}, element("a", { class: "button small", href, target: "_blank", rel: "noopener noreferrer" }, t("compare.open"))));
  return element("div", { class: "like-product" }, element("img", { src: `${picture}?w=640`, alt: "" }), words);
}

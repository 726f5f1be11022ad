import type { FoundObject, ProductMatch } from "../../api/client";
import { element } from "../../shared/dom";
import { describeError, isAbort, type Trouble } from "../../shared/errors";
import { formatClass, productCount } from "../../shared/format";
import { t } from "../../shared/locale";
import { productCard } from "./product_card";

const kSkeletonCards = 8;

/** The products behind those that are shown. */
export interface MoreProducts {
  readonly load: () => Promise<ProductMatch[]>;
  readonly hasMore: () => boolean;
}

/** The list of products, or what stands in its place. */
export class ResultsView {
  constructor(
    private readonly root: HTMLElement,
    private readonly live: HTMLElement,
  ) {}

  showSearching(): void {
    const cards = Array.from({ length: kSkeletonCards }, () =>
      element(
        "li",
        { class: "card is-skeleton" },
        element("div", { class: "card-picture" }),
        element("div", { class: "card-words" }, element("p"), element("p"), element("p")),
      ),
    );
    this.root.setAttribute("aria-busy", "true");
    this.root.replaceChildren(
      this.heading(t("results.searching"), ""),
      element("ul", { class: "cards", "aria-hidden": "true" }, ...cards),
    );
    this.say(t("results.searching"));
  }

  /** `on_matches` shows where the photo and a product are the same; null: the photo cannot be shown. */
  showProducts(
    object: FoundObject,
    is_catalog_empty: boolean,
    on_matches: ((product: ProductMatch) => void) | null,
    more: MoreProducts | null,
  ): void {
    if (object.products.length === 0) return this.showNothing(is_catalog_empty);
    const has_match = object.good_match !== false;
    const card = (product: ProductMatch, is_best: boolean): HTMLElement =>
      productCard(product, is_best, product.matches !== null && on_matches !== null ? () => on_matches(product) : null);
    const cards = object.products.map((product, index) => card(product, has_match && index === 0));
    const found = productCount(object.products.length);
    const list = element("ul", { class: "cards" }, ...cards);
    const name = formatClass(object.class);
    if (has_match) this.replace(this.heading(name, found), list);
    else this.replace(noMatchNotice(), this.heading(t("results.closest", { name }), found), list);
    if (more !== null) this.root.append(moreButton(list, more, (product) => card(product, false)));
    const announcement = t("results.announcement", { name, products: found });
    this.say(has_match ? announcement : `${t("results.no_match")}. ${announcement}`);
  }

  showTrouble(trouble: Trouble, on_retry: () => void, on_new: () => void): void {
    const retry = trouble.can_retry
      ? this.button(t("results.retry"), on_retry)
      : this.button(t("results.other_photo"), on_new);
    this.replace(
      element(
        "div",
        { class: "notice", role: "alert" },
        element("h2", {}, trouble.title),
        element("p", {}, trouble.text),
        retry,
      ),
    );
  }

  private showNothing(is_catalog_empty: boolean): void {
    const notice = element("div", { class: "notice" });
    if (is_catalog_empty) notice.append(...emptyCatalogWords());
    else
      notice.append(
        element("h2", {}, t("results.nothing")),
        element("p", {}, t("results.nothing_text")),
      );
    this.replace(notice);
    this.say(t("results.nothing"));
  }

  private heading(title: string, note: string): HTMLElement {
    return element(
      "div",
      { class: "results-head" },
      element("h2", {}, title),
      element("p", {}, note),
    );
  }

  private button(words: string, on_click: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", class: "button primary" }, words);
    button.addEventListener("click", on_click);
    return button;
  }

  private replace(...content: Node[]): void {
    this.root.removeAttribute("aria-busy");
    this.root.replaceChildren(...content);
  }

  private say(words: string): void {
    this.live.textContent = words;
  }
}

/**
 * Loads the next products when it comes into view, or when it is pressed; goes when there are no more. A failure leaves
 * it there to be pressed again.
 */
function moreButton(list: HTMLElement, more: MoreProducts, card: (product: ProductMatch) => HTMLElement): HTMLElement {
  const button = element("button", { type: "button", class: "button more" }, t("results.more"));
  const trouble = element("p", { role: "alert" });
  const part = element("div", { class: "more-part" }, trouble, button);
  let is_loading = false;
  const load = async (): Promise<void> => {
    if (is_loading) return;
    is_loading = true;
    button.setAttribute("aria-busy", "true");
    trouble.textContent = "";
    try {
      list.append(...(await more.load()).map(card));
      if (!more.hasMore()) {
        seen.disconnect();
        part.remove();
      }
    } catch (error) {
      seen.disconnect();
      if (!isAbort(error)) trouble.textContent = describeError(error).title;
    } finally {
      is_loading = false;
      button.removeAttribute("aria-busy");
    }
  };
  const seen = new IntersectionObserver((entries) => {
    if (entries.some(({ isIntersecting }) => isIntersecting)) void load();
  }, { rootMargin: "600px" });
  seen.observe(button);
  button.addEventListener("click", () => void load());
  return part;
}

/** Stands above products that are likely not what was meant. */
function noMatchNotice(): HTMLElement {
  return element(
    "div",
    { class: "notice is-slim" },
    element("h2", {}, t("results.no_match")),
    element("p", {}, t("results.no_match_text")),
  );
}

/** What a shop owner sees before the first import. */
export function emptyCatalogWords(): HTMLElement[] {
  return [
    element("h2", {}, t("results.empty")),
    element("p", {}, t("results.empty_text")),
    element("pre", {}, element("code", {}, "snapshelf import catalog.csv")),
  ];
}

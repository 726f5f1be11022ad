import type { FoundObject, ProductMatch } from "../../api/client";
import { element } from "../../shared/dom";
import type { Trouble } from "../../shared/errors";
import { formatClass, productCount } from "../../shared/format";
import { t } from "../../shared/locale";
import { productCard } from "./product_card";

const kSkeletonCards = 8;

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
  ): void {
    if (object.products.length === 0) return this.showNothing(is_catalog_empty);
    const has_match = object.good_match !== false;
    const cards = object.products.map((product, index) =>
      productCard(
        product,
        has_match && index === 0,
        product.matches !== null && on_matches !== null ? () => on_matches(product) : null,
      ),
    );
    const found = productCount(object.products.length);
    const list = element("ul", { class: "cards" }, ...cards);
    const name = formatClass(object.class);
    if (has_match) this.replace(this.heading(name, found), list);
    else this.replace(noMatchNotice(), this.heading(t("results.closest", { name }), found), list);
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

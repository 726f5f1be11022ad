import type { ProductMatch } from "../../api/client";
import { element, keepFocus } from "../../shared/dom";
import { describeError, isAbort, type Trouble } from "../../shared/errors";
import { productCount } from "../../shared/format";
import { icon } from "../../shared/icons";
import { currentLocale, t } from "../../shared/locale";
import { productCard, type CardActions } from "./product_card";

const kSkeletonCards = 8;

/** The products behind those that are shown. */
export interface MoreProducts {
  readonly load: () => Promise<ProductMatch[]>;
  readonly hasMore: () => boolean;
}

/** A list of products, and what is said and done around it. */
export interface Listing {
  readonly title: string;
  readonly products: readonly ProductMatch[];
  /** Whether the first is a match; null: nothing was searched for, so nothing is like anything. */
  readonly match: "good" | "weak" | "unknown" | null;
  /** Stands between title and products. */
  readonly bar: HTMLElement | null;
  /** What stands in the place of products where there are none. */
  readonly nothing: HTMLElement[];
  readonly more: MoreProducts | null;
  /** Shares the list; null: it cannot be. */
  readonly on_share: (() => void) | null;
  readonly actions: CardActions;
}

/** The list of products, or what stands in its place. */
export class ResultsView {
  private progress: HTMLElement | null = null;

  constructor(
    private readonly root: HTMLElement,
    private readonly live: HTMLElement,
  ) {}

  /** Cards to come; `on_cancel` gives up the search. */
  showSearching(on_cancel: (() => void) | null): void {
    const cards = Array.from({ length: kSkeletonCards }, () =>
      element(
        "li",
        { class: "card is-skeleton" },
        element("div", { class: "card-picture" }),
        element("div", { class: "card-words" }, element("p"), element("p"), element("p")),
      ),
    );
    const head = this.heading(t("results.searching"), "");
    if (on_cancel !== null) {
      const cancel = element("button", { type: "button", class: "button small cancel" }, t("action.cancel"));
      cancel.addEventListener("click", on_cancel);
      head.append(cancel);
    }
    this.progress = element("div", { class: "progress", hidden: true }, element("span"));
    this.root.setAttribute("aria-busy", "true");
    this.root.replaceChildren(head, this.progress, element("ul", { class: "cards", "aria-hidden": "true" }, ...cards));
    this.say(t("results.searching"));
  }

  /** How much of the photo was sent, 0 to 1, while it is being sent. */
  showSent(part: number): void {
    const [bar] = this.progress?.children ?? [];
    if (this.progress === null || !(bar instanceof HTMLElement)) return;
    const percent = new Intl.NumberFormat(currentLocale(), { style: "percent" }).format(part);
    const title = this.root.querySelector(".results-title > :first-child");
    if (title !== null) title.textContent = part < 1 ? t("upload.sending", { percent }) : t("results.searching");
    this.progress.hidden = part >= 1;
    bar.style.width = `${100 * part}%`;
  }

  /** What is there stays, faded, until its successor comes. */
  showRefreshing(): void {
    this.root.setAttribute("aria-busy", "true");
    this.say(t("results.searching"));
  }

  show({ title, products, match, bar, nothing, more, on_share, actions }: Listing): void {
    const found = productCount(products.length);
    const head = this.heading(title, products.length === 0 ? "" : found, match === null ? "h1" : "h2");
    if (on_share !== null && products.length > 0) head.append(shareButton(on_share));
    const card = (product: ProductMatch, is_best: boolean): HTMLElement =>
      productCard(product, { is_best, has_likeness: match !== null }, actions);
    const list = element("ul", { class: "cards" }, ...products.map((product, index) => card(product, match === "good" && index === 0)));
    const content: HTMLElement[] = products.length === 0 ? nothing : [list];
    keepFocus(this.root, () => {
      this.replace(...(match === "weak" && products.length > 0 ? [noMatchNotice()] : []), head, ...(bar === null ? [] : [bar]), ...content);
    });
    if (more !== null && products.length > 0) this.root.append(moreButton(list, more, (product) => card(product, false), (count) => this.say(productCount(count))));
    const announcement = products.length === 0 ? (nothing[0]?.textContent ?? "") : t("results.announcement", { name: title, products: found });
    this.say(match === "weak" ? `${t("results.no_match")}. ${announcement}` : announcement);
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

  private heading(title: string, note: string, tag: "h1" | "h2" = "h2"): HTMLElement {
    return element(
      "div",
      { class: "results-head" },
      element("div", { class: "results-title" }, element(tag, {}, title), element("p", {}, note)),
    );
  }

  private button(words: string, on_click: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", class: "button primary" }, words);
    button.addEventListener("click", on_click);
    return button;
  }

  private replace(...content: Node[]): void {
    this.progress = null;
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
function moreButton(
  list: HTMLElement,
  more: MoreProducts,
  card: (product: ProductMatch) => HTMLElement,
  on_count: (count: number) => void,
): HTMLElement {
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
      on_count(list.childElementCount);
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

function shareButton(on_share: () => void): HTMLElement {
  const words = t("results.share");
  const button = element("button", { type: "button", class: "button quiet small share", "data-key": "share", "aria-label": words }, icon("share"), element("span", {}, words));
  button.addEventListener("click", on_share);
  return button;
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

/** What stands where products would, with something to do about it if there is. */
export function notice(title: string, text: string, action: { words: string; on_click: () => void } | null = null): HTMLElement {
  const made = element("div", { class: "notice" }, element("h2", {}, title), element("p", {}, text));
  if (action === null) return made;
  const button = element("button", { type: "button", class: "button primary" }, action.words);
  button.addEventListener("click", action.on_click);
  made.append(button);
  return made;
}

/** What a shop owner sees before the first import. */
export function emptyCatalogWords(): HTMLElement[] {
  return [
    element("h2", {}, t("results.empty")),
    element("p", {}, t("results.empty_text")),
    element("pre", {}, element("code", {}, "snapshelf import catalog.csv")),
  ];
}

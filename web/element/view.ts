import type { ProductMatch } from "../src/api/client";
import { element } from "../src/shared/dom";
import type { Box } from "../src/shared/geometry";
import { icon } from "../src/shared/icons";
import { productCard, skeletonCard } from "./cards";
import type { Found } from "./session";
import { Stage } from "./stage";
import { describe, Trouble } from "./trouble";
import type { Words } from "./words";

const kSkeletonCards = 6;

export interface ViewEvents {
  readonly on_photo: (photo: File) => void;
  readonly on_pick: (index: number) => void;
  readonly on_draw: (box: Box) => void;
  readonly on_select: (product: ProductMatch, index: number, event: Event) => void;
  readonly on_more: () => Promise<readonly ProductMatch[]>;
  readonly has_more: () => boolean;
  readonly on_new: () => void;
  readonly address: (path: string) => string;
}

/** All that is in the element's shadow root, in the words of one language at a time. */
export class View {
  readonly root = element("section", { class: "root", part: "root" });
  private readonly live = element("p", { class: "unseen", "aria-live": "polite" });
  private readonly file = element("input", { type: "file", accept: "image/*,.heic,.heif,.avif", hidden: true });
  private readonly camera = element("input", { type: "file", accept: "image/*", capture: "environment", hidden: true });
  private readonly start = element("div", { class: "start", part: "start" });
  private readonly work = element("div", { class: "work", hidden: true });
  private readonly side = element("div", { class: "side" });
  private readonly chips = element("div", { class: "chips", part: "chips", role: "group" });
  private readonly tools = element("div", { class: "tools" });
  private readonly results = element("div", { class: "results", part: "results" });
  private readonly veil = element("div", { class: "veil", hidden: true });
  private readonly stage: Stage;

  constructor(
    private words: Words,
    private readonly events: ViewEvents,
  ) {
    this.stage = new Stage(events);
    this.side.append(this.stage.root, this.chips, this.tools);
    this.work.append(this.side, this.results);
    this.root.append(this.live, this.start, this.work, this.veil, this.file, this.camera);
    for (const input of [this.file, this.camera])
      input.addEventListener("change", () => {
        const photo = input.files?.[0];
        input.value = ""; // so that the same photo can be chosen again
        if (photo !== undefined) events.on_photo(photo);
      });
    this.setWords(words);
  }

  setWords(words: Words): void {
    this.words = words;
    this.root.lang = words.language;
    this.root.dir = words.direction;
    this.root.setAttribute("aria-label", words.t("start.heading"));
    this.chips.setAttribute("aria-label", words.t("photo.things"));
    this.veil.replaceChildren(element("p", {}, words.t("start.drop")));
    this.start.replaceChildren(
      element("div", { class: "mark" }, icon("camera")),
      element("h2", { class: "title", part: "title" }, words.t("start.heading")),
      element("div", { class: "ways" }, ...this.ways()),
      element("p", { class: "hint" }, words.t("start.hint")),
      element("p", { class: "privacy" }, words.t("start.privacy")),
    );
    this.tools.replaceChildren(this.drawButton(), button(words.t("nav.new_photo"), "quiet", () => this.events.on_new()));
  }

  setTheme(theme: "light" | "dark"): void {
    this.root.dataset["theme"] = theme;
  }

  setDropping(is_dropping: boolean): void {
    this.veil.hidden = !is_dropping;
  }

  showStart(): void {
    this.stage.forget();
    this.work.hidden = true;
    this.start.hidden = false;
    this.live.textContent = "";
  }

  focusStart(): void {
    this.start.querySelector("button")?.focus();
  }

  /** Null: one that this browser cannot show. */
  showPhoto(photo: Blob | null): void {
    this.stage.showPhoto(photo, this.words);
  }

  showSearching(): void {
    this.start.hidden = true;
    this.work.hidden = this.side.hidden = false;
    this.stage.setSearching(true);
    this.stage.setDrawing(false, false);
    this.tools.firstElementChild?.setAttribute("aria-pressed", "false");
    const words = this.words.t("results.searching");
    const cards = Array.from({ length: kSkeletonCards }, skeletonCard);
    this.results.setAttribute("aria-busy", "true");
    this.results.replaceChildren(heading(words, ""), element("ul", { class: "cards", "aria-hidden": "true" }, ...cards));
    this.live.textContent = words;
  }

  showFound(found: Found): void {
    const { words } = this;
    const object = found.objects[found.active];
    if (object === undefined) return;
    this.stage.setSearching(false);
    this.stage.showObjects(found.size, found.objects, found.active, words);
    this.showChips(found);
    const { products } = object;
    if (products.length === 0) return this.showNotice(words.t("results.nothing"), words.t("results.nothing_text"));
    const name = words.className(object.class);
    const is_match = object.good_match !== false;
    const count = words.t("results.count", { count: products.length });
    const list = element("ul", { class: "cards", part: "cards" }, ...products.map((product, i) => this.card(product, i, is_match && i === 0)));
    const title = heading(is_match ? name : words.t("results.closest", { name }), count);
    this.replaceResults(...(is_match ? [] : [notice(words.t("results.no_match"), words.t("results.no_match_text"))]), title, list);
    if (this.events.has_more()) this.results.append(this.moreButton(list));
    const announcement = words.t("results.announcement", { name, products: count });
    this.live.textContent = is_match ? announcement : `${words.t("results.no_match")}. ${announcement}`;
  }

  showTrouble(trouble: Trouble, on_retry: () => void): void {
    const { title, text } = describe(trouble, this.words);
    this.stage.setSearching(false);
    this.showNotice(title, text);
    const again = trouble.can_retry
      ? button(this.words.t("results.retry"), "primary", on_retry)
      : button(this.words.t("results.other_photo"), "primary", () => this.file.click());
    this.results.firstElementChild?.setAttribute("role", "alert");
    this.results.firstElementChild?.append(again);
    this.live.textContent = ""; // the alert speaks
  }

  /** Lets the photo go. */
  forget(): void {
    this.stage.forget();
  }

  /** The ways to give a photo. A camera button helps only where a camera answers it. */
  private ways(): HTMLElement[] {
    const has_camera = matchMedia("(any-pointer: coarse)").matches;
    const choose = button(this.words.t("start.choose"), has_camera ? "plain" : "primary", () => this.file.click());
    choose.setAttribute("part", "button choose");
    if (!has_camera) return [choose];
    const take = button(this.words.t("start.take"), "primary", () => this.camera.click());
    take.setAttribute("part", "button take");
    return [take, choose];
  }

  private drawButton(): HTMLElement {
    const made = button(this.words.t("photo.select"), "quiet", (event) => {
      const is_on = made.getAttribute("aria-pressed") !== "true";
      made.setAttribute("aria-pressed", String(is_on));
      this.stage.setDrawing(is_on, event.detail === 0); // 0: pressed by a key
    });
    made.setAttribute("aria-pressed", "false");
    return made;
  }

  private showChips({ objects, active }: Found): void {
    const names = objects.map((object) => this.words.className(object.class));
    const chips = objects.map((_, index) => {
      const same = names.slice(0, index).filter((name) => name === names[index]).length;
      const label = same === 0 ? (names[index] ?? "") : `${names[index]} ${same + 1}`; // the second "Mug" is "Mug 2"
      const is_active = index === active;
      const chip = button(label, "chip", () => this.events.on_pick(index));
      chip.setAttribute("part", is_active ? "chip chip-active" : "chip");
      chip.setAttribute("aria-pressed", String(is_active));
      return chip;
    });
    const had_focus = this.chips.contains(rootOf(this.chips).activeElement);
    this.chips.replaceChildren(...chips);
    if (had_focus) chips[active]?.focus({ preventScroll: true });
  }

  private card(product: ProductMatch, index: number, is_best: boolean): HTMLElement {
    return productCard(product, {
      words: this.words,
      is_best,
      address: this.events.address,
      on_select: (chosen, event) => this.events.on_select(chosen, index, event),
    });
  }

  private moreButton(list: HTMLElement): HTMLElement {
    const more = button(this.words.t("results.more"), "plain", async () => {
      more.setAttribute("aria-busy", "true");
      const count = list.childElementCount;
      try {
        const products = await this.events.on_more();
        list.append(...products.map((product, i) => this.card(product, count + i, false)));
        list.children[count]?.querySelector<HTMLElement>(".choose-product")?.focus({ preventScroll: true });
        this.live.textContent = this.words.t("results.count", { count: list.childElementCount });
        if (!this.events.has_more()) more.remove();
      } catch (error) {
        if (error instanceof Trouble) this.live.textContent = describe(error, this.words).title;
      } finally {
        more.removeAttribute("aria-busy");
      }
    });
    more.setAttribute("part", "button more");
    more.classList.add("more");
    return more;
  }

  private showNotice(title: string, text: string): void {
    this.replaceResults(notice(title, text));
    this.live.textContent = title;
  }

  private replaceResults(...content: Node[]): void {
    this.results.removeAttribute("aria-busy");
    this.results.replaceChildren(...content);
  }
}

function heading(title: string, note: string): HTMLElement {
  return element("div", { class: "heading", part: "heading" }, element("h2", {}, title), element("p", {}, note));
}

function notice(title: string, text: string): HTMLElement {
  return element("div", { class: "notice", part: "notice" }, element("h2", {}, title), element("p", {}, text));
}

function button(words: string, kind: string, on_click: (event: MouseEvent) => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: kind === "chip" ? "chip" : `button ${kind}`, part: "button" }, words);
  made.addEventListener("click", on_click);
  return made;
}

function rootOf(node: Node): Document | ShadowRoot {
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? root : document;
}

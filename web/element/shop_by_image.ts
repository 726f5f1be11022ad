// The <shop-by-image> element: one module, no dependencies, no globals. docs/element.md tells how to use it.
import type { ProductMatch } from "../src/api/client";
import { withoutMetadata } from "../src/shared/heif_metadata";
import { ShopClient } from "./client";
import type { ErrorDetail, ResultsDetail, SelectDetail, ShopByImageEventMap } from "./events";
import { shrinkPhoto } from "./photo";
import { Session, type Found } from "./session";
import css from "./style.css";
import { Trouble } from "./trouble";
import { View } from "./view";
import { Words } from "./words";

export type * from "./events";

const kUploadBytesMax = 32 << 20; // what the server takes
const kDark = "(prefers-color-scheme: dark)";

let sheet: CSSStyleSheet | null = null; // one for all elements; style elements would need a laxer policy

function sharedSheet(): CSSStyleSheet {
  if (sheet === null) {
    sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
  }
  return sheet;
}

export class ShopByImage extends HTMLElement {
  static readonly observedAttributes = ["endpoint", "lang", "currency", "theme"];
  private readonly view: View;
  private words: Words;
  private session: Session | null = null;
  private photo_number = 0; // a photo that is still being prepared gives way to a newer one
  private connection: AbortController | null = null;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [sharedSheet()];
    this.words = new Words(["en"]);
    this.view = new View(this.words, {
      on_photo: (photo) => void this.search(photo),
      on_pick: (index) => this.session?.pick(index),
      on_draw: (box) => void this.session?.searchBox(box),
      on_select: (product, index, event) => this.select(product, index, event),
      on_more: async () => (await this.session?.loadMore()) ?? [],
      has_more: () => this.session?.has_more ?? false,
      on_new: () => this.startOver(),
      address: (path) => new ShopClient(this.endpoint).address(path),
    });
    shadow.append(this.view.root);
  }

  /** Address of the Snapshelf server, with "/" at its end; as long as there is no attribute, where this module is from. */
  get endpoint(): string {
    const given = this.getAttribute("endpoint") ?? "";
    if (given === "") return new URL(".", import.meta.url).href;
    return new URL(given.endsWith("/") ? given : `${given}/`, document.baseURI).href;
  }
  set endpoint(address: string) {
    this.setAttribute("endpoint", address);
  }

  /** ISO 4217; null: prices as in the shop. */
  get currency(): string | null {
    const given = this.getAttribute("currency")?.toUpperCase() ?? "";
    return /^[A-Z]{3}$/.test(given) ? given : null;
  }
  set currency(code: string | null) {
    if (code === null) this.removeAttribute("currency");
    else this.setAttribute("currency", code);
  }

  get theme(): "light" | "dark" | "auto" {
    const given = this.getAttribute("theme");
    return given === "light" || given === "dark" ? given : "auto";
  }
  set theme(theme: "light" | "dark" | "auto") {
    this.setAttribute("theme", theme);
  }

  connectedCallback(): void {
    this.connection = new AbortController();
    const { signal } = this.connection;
    matchMedia(kDark).addEventListener("change", () => this.showTheme(), { signal });
    document.addEventListener("paste", (event) => this.paste(event), { signal });
    this.addEventListener("dragover", (event) => this.dragOver(event), { signal });
    this.addEventListener("dragleave", (event) => this.dragLeave(event), { signal });
    this.addEventListener("drop", (event) => this.drop(event), { signal });
    this.showTheme();
    this.showWords();
  }

  disconnectedCallback(): void {
    this.connection?.abort();
    this.reset();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    if (before === after || this.connection === null) return;
    if (name === "theme") return this.showTheme();
    if (name === "endpoint") return this.reset();
    if (name === "lang") this.showWords();
    void this.session?.searchAgain();
  }

  /** Searches with a photo, as if the shopper had chosen it: for a page's own camera or gallery. */
  async search(photo: Blob): Promise<void> {
    const number = ++this.photo_number;
    this.session?.cancel();
    this.session = null;
    this.view.showPhoto(photo);
    this.view.showSearching();
    const small = await shrinkPhoto(photo);
    const upload = small ?? (await withoutMetadata(photo)); // the server may know what this browser does not
    if (number !== this.photo_number || !this.isConnected) return;
    this.view.showPhoto(small);
    if (upload.size > kUploadBytesMax)
      return this.showTrouble(new Trouble("too_large", null, `${upload.size} bytes`), () => undefined);
    this.session = new Session(new ShopClient(this.endpoint), upload, () => this.reader(), {
      on_searching: () => this.view.showSearching(),
      on_found: (found) => this.showFound(found),
      on_trouble: (trouble, retry) => this.showTrouble(trouble, retry),
    });
    await this.session.searchPhoto();
  }

  /** Back to the start; the photo is forgotten. */
  reset(): void {
    this.photo_number++;
    this.session?.cancel();
    this.session = null;
    this.view.showStart();
  }

  private startOver(): void {
    this.reset();
    this.view.focusStart();
  }

  private reader(): { language: string; currency: string | null } {
    return { language: this.words.language, currency: this.currency };
  }

  private showFound(found: Found): void {
    this.view.showFound(found);
    const object = found.objects[found.active];
    if (object === undefined) return;
    const { products, good_match } = object;
    this.tell<ResultsDetail>("results", { objects: found.objects, object, products, good_match });
  }

  private showTrouble(trouble: Trouble, retry: () => void): void {
    this.view.showTrouble(trouble, retry);
    const { code, status, message } = trouble;
    this.tell<ErrorDetail>("error", { code, status, message });
  }

  private select(product: ProductMatch, index: number, event: Event): void {
    if (!this.tell<SelectDetail>("select", { product, index })) event.preventDefault();
  }

  /** False if the page called preventDefault(). */
  private tell<T>(type: keyof ShopByImageEventMap, detail: T): boolean {
    return this.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, composed: true, cancelable: type === "select" }));
  }

  private showTheme(): void {
    const { theme } = this;
    this.view.setTheme(theme === "auto" ? (matchMedia(kDark).matches ? "dark" : "light") : theme);
  }

  /** The element's own language, else that of the page around it, else the reader's. */
  private showWords(): void {
    const around = (this.closest("[lang]") ?? document.documentElement).getAttribute("lang") ?? "";
    this.words = new Words(around === "" ? navigator.languages : [around]);
    this.view.setWords(this.words);
  }

  private paste(event: ClipboardEvent): void {
    const [target] = event.composedPath();
    const is_typing = target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
    this.take(is_typing || event.defaultPrevented ? undefined : event.clipboardData, event);
  }

  private dragOver(event: DragEvent): void {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    this.view.setDropping(true);
  }

  private dragLeave(event: DragEvent): void {
    const to = event.relatedTarget;
    if (!(to instanceof Node) || !this.contains(to)) this.view.setDropping(false);
  }

  private drop(event: DragEvent): void {
    this.view.setDropping(false);
    this.take(event.dataTransfer, event);
  }

  private take(transfer: DataTransfer | null | undefined, event: Event): void {
    const photo = [...(transfer?.files ?? [])].find((file) => file.type.startsWith("image/") || /\.(hei[cf]|avif)$/i.test(file.name));
    if (photo === undefined) return;
    event.preventDefault();
    void this.search(photo);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    "shop-by-image": ShopByImage;
  }
}

// Twice on a page, from two bundles, is no error: the first one stays.
if (customElements.get("shop-by-image") === undefined) customElements.define("shop-by-image", ShopByImage);

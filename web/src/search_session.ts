import { ApiError, searchByPhoto, searchInPhoto, searchOn, searchOthers } from "./api/client";
import type { Facets, FoundObject, ProductMatch, SearchAnswer } from "./api/client";
import type { PreparedPhoto } from "./features/capture/prepare_photo";
import { isAbort } from "./shared/errors";
import { kNoFilters, type Filters } from "./shared/filters";
import { overlap, toBox, type Box } from "./shared/geometry";

const kUploadBytesMax = 32 << 20; // what the server takes

export type SearchKind = "photo" | "part" | "again";

/** What the page hears while it searches. */
export interface SessionEvents {
  /** A new photo, a part of it, or the same again: then what is shown can stay until the answer comes. */
  readonly on_searching: (kind: SearchKind) => void;
  /** How much of the photo was sent, 0 to 1. */
  readonly on_sent: (part: number) => void;
  readonly on_objects: (answer: SearchAnswer, objects: FoundObject[], active: number) => void;
  /** Things beside the chosen one have their products now. */
  readonly on_others: (objects: FoundObject[], active: number) => void;
  /** `retry` does the same search again. */
  readonly on_trouble: (error: unknown, retry: () => void) => void;
}

/** The searches in one photo: what was found, which thing is chosen, and one request at a time. */
export class SearchSession {
  filters: Filters = kNoFilters;
  private answer: SearchAnswer | null = null;
  private objects: FoundObject[] = [];
  private active = 0;
  private request: AbortController | null = null;
  private others_request: AbortController | null = null;
  private others_error: unknown = null;
  private wanted: Box | null = null; // chosen before the first answer

  constructor(
    readonly photo: PreparedPhoto,
    private readonly events: SessionEvents,
  ) {}

  /**
   * Sends the photo. The best object is chosen first, or the wanted one; the server puts the best in front. Its products
   * come at once, those of the others behind them.
   */
  async searchPhoto(): Promise<void> {
    await this.search(
      "photo",
      (signal) => {
        if (this.photo.upload.size > kUploadBytesMax)
          throw new ApiError(413, "the photo is too large", null);
        return searchByPhoto(this.photo.upload, signal, this.filters, this.events.on_sent, "best");
      },
      (answer) => {
        this.answer = answer;
        this.objects = answer.objects;
        return this.wanted === null ? 0 : mostLike(this.wanted, answer.objects);
      },
      () => void this.searchPhoto(),
    );
    await this.searchOthers();
  }

  /** Brings the products of the things that have none yet. */
  private async searchOthers(): Promise<void> {
    this.others_error = null;
    if (this.objects.every(({ searched }) => searched)) return;
    const request = new AbortController();
    this.others_request = request;
    const { signal } = request;
    try {
      const { objects } = await this.withPhoto(signal, (photo) => searchOthers(photo, signal, this.filters));
      if (signal.aborted || this.answer === null) return;
      const waits = this.chosen?.searched === false;
      this.objects = this.objects.map((object) => (object.searched ? object : (objects.find((other) => isSameBox(object, other)) ?? object)));
      if (waits) this.events.on_objects(this.answer, this.objects, this.active);
      else this.events.on_others(this.objects, this.active);
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      // Told when one of them is chosen: the products that are there are of use meanwhile.
      this.others_error = error;
      if (this.chosen?.searched === false) this.tellOthersError();
    }
  }

  private tellOthersError(): void {
    this.events.on_trouble(this.others_error, () => {
      this.events.on_searching("part");
      void this.searchOthers();
    });
  }

  /** The thing in this box is to be chosen when the first answer comes: found on the device, or chosen before a reload. */
  want(box: Box): void {
    this.wanted = box;
  }

  /** Searches a part of the photo; takes the place of an earlier selection. */
  async searchBox(box: Box): Promise<void> {
    if (this.answer === null) return;
    await this.search(
      "part",
      (signal) => this.withPhoto(signal, (photo) => searchInPhoto(photo, box, signal, this.filters)),
      (found) => {
        const detected = this.objects.filter((object) => object.class !== "selection");
        this.objects = [...found.objects, ...detected];
        return 0;
      },
      () => void this.searchBox(box),
    );
  }

  /** The same once more, when the reader wants another language, currency or filter: the choice stays. */
  async searchAgain(): Promise<void> {
    const { answer, active } = this;
    if (answer === null) return this.searchPhoto();
    const selection = this.objects.find((object) => object.class === "selection");
    await this.search(
      "again",
      async (signal) => {
        const ask = (box: Box | null): Promise<SearchAnswer> =>
          this.withPhoto(signal, (photo) => searchInPhoto(photo, box, signal, this.filters));
        const whole = await ask(null);
        if (selection === undefined) return whole;
        const part = await ask(toBox(selection.box));
        return { ...whole, objects: [...part.objects, ...whole.objects] };
      },
      (found) => {
        this.objects = found.objects;
        return active;
      },
      () => void this.searchAgain(),
    );
  }

  /** Counts of what these filters would leave of the chosen object's products. */
  async facetsWith(filters: Filters, signal: AbortSignal): Promise<Facets | null> {
    const { chosen } = this;
    if (chosen === null) return null;
    const found = await this.withPhoto(signal, (photo) => searchInPhoto(photo, toBox(chosen.box), signal, filters, 1));
    return found.objects[0]?.facets ?? null;
  }

  /** The next products of the chosen object; none at the end, or when another search took their place. */
  async loadMore(): Promise<ProductMatch[]> {
    const { active } = this;
    const object = this.objects[active];
    const cursor = object?.next ?? null;
    if (object === undefined || cursor === null) return [];
    this.cancel();
    const request = new AbortController();
    this.request = request;
    const { signal } = request;
    const page = await this.withPhoto(signal, (photo) => searchOn(photo, cursor, signal, this.filters));
    const products = newProducts(object.products, page.products);
    this.objects[active] = { ...object, products: [...object.products, ...products], next: page.next };
    return products;
  }

  /** Whether the chosen object has products behind those that are there. */
  get has_more(): boolean {
    return (this.chosen?.next ?? null) !== null;
  }

  /** The object whose products are shown; null before the first answer. */
  get chosen(): FoundObject | null {
    return this.objects[this.active] ?? null;
  }

  pick(index: number): void {
    if (this.answer === null) return;
    this.cancel();
    this.active = index;
    this.events.on_objects(this.answer, this.objects, index);
    if (this.chosen?.searched === false && this.others_error !== null) this.tellOthersError();
  }

  /** Tells once more what was found; false if nothing was yet. */
  showAgain(): boolean {
    if (this.answer === null) return false;
    this.events.on_objects(this.answer, this.objects, this.active);
    void this.searchOthers(); // given up when the reader went on
    return true;
  }

  /** Gives up the requests that are under way. */
  cancelAll(): void {
    this.cancel();
    this.others_request?.abort();
    this.others_request = null;
  }

  private cancel(): void {
    this.request?.abort();
    this.request = null;
  }

  /** Asks by the photo's token. A photo that the server has forgotten, which takes minutes, is sent once more. */
  private async withPhoto<T>(signal: AbortSignal, ask: (photo: string) => Promise<T>): Promise<T> {
    if (this.answer === null) throw new Error("asked about a photo before its first answer");
    try {
      return await ask(this.answer.photo);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      const { photo } = await searchByPhoto(this.photo.upload, signal, this.filters);
      this.answer = { ...this.answer, photo };
      return ask(photo);
    }
  }

  private async search(
    kind: SearchKind,
    send: (signal: AbortSignal) => Promise<SearchAnswer>,
    take: (answer: SearchAnswer) => number, // which object is chosen
    retry: () => void,
  ): Promise<void> {
    if (kind === "part") this.cancel();
    else this.cancelAll(); // an answer to what was asked before would take its place
    const request = new AbortController();
    this.request = request;
    this.events.on_searching(kind);
    try {
      const found = await send(request.signal);
      if (request.signal.aborted) return;
      this.active = Math.min(take(found), this.objects.length - 1);
      this.events.on_objects(this.answer ?? found, this.objects, this.active);
    } catch (error) {
      if (isAbort(error) || request.signal.aborted) return;
      this.events.on_trouble(error, retry);
    }
  }
}

function isSameBox(a: FoundObject, b: FoundObject): boolean {
  return a.class === b.class && a.box.every((side, i) => side === b.box[i]);
}

/** The object whose box overlaps this one most; the first if none does. */
export function mostLike(box: Box, objects: readonly Pick<FoundObject, "box">[]): number {
  const overlaps = objects.map((object) => overlap(box, toBox(object.box)));
  return Math.max(overlaps.indexOf(Math.max(...overlaps)), 0);
}

/** The products of a page that are not there yet: the catalog may have changed in between. */
export function newProducts(known: readonly ProductMatch[], page: readonly ProductMatch[]): ProductMatch[] {
  const ids = new Set(known.map(({ id }) => id));
  return page.filter(({ id }) => !ids.has(id));
}

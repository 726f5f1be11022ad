import { ApiError, searchByPhoto, searchInPhoto, searchOn } from "./api/client";
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
  private wanted: Box | null = null; // chosen before the first answer

  constructor(
    readonly photo: PreparedPhoto,
    private readonly events: SessionEvents,
  ) {}

  /** Sends the photo. The best object is chosen first; the server puts it in front. */
  async searchPhoto(): Promise<void> {
    await this.search(
      "photo",
      (signal) => {
        if (this.photo.upload.size > kUploadBytesMax)
          throw new ApiError(413, "the photo is too large", null);
        return searchByPhoto(this.photo.upload, signal, this.filters, this.events.on_sent);
      },
      (answer) => {
        this.answer = answer;
        this.objects = answer.objects;
        return this.wanted === null ? 0 : mostLike(this.wanted, answer.objects);
      },
      () => void this.searchPhoto(),
    );
  }

  /** The thing in this box, found on the device, is to be chosen when the first answer comes. */
  want(box: Box): void {
    this.wanted = box;
  }

  /** Searches a part of the photo; takes the place of an earlier selection. */
  async searchBox(box: Box): Promise<void> {
    const answer = this.answer;
    if (answer === null) return;
    await this.search(
      "part",
      (signal) => searchInPhoto(answer.photo, box, signal, this.filters),
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
        const whole = await searchInPhoto(answer.photo, null, signal, this.filters);
        if (selection === undefined) return whole;
        const part = await searchInPhoto(answer.photo, toBox(selection.box), signal, this.filters);
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
    const { answer, chosen } = this;
    if (answer === null || chosen === null) return null;
    const found = await searchInPhoto(answer.photo, toBox(chosen.box), signal, filters, 1);
    return found.objects[0]?.facets ?? null;
  }

  /** The next products of the chosen object; none at the end, or when another search took their place. */
  async loadMore(): Promise<ProductMatch[]> {
    const { answer, active } = this;
    const object = this.objects[active];
    if (answer === null || object === undefined || object.next === null) return [];
    this.cancel();
    const request = new AbortController();
    this.request = request;
    const page = await searchOn(answer.photo, object.next, request.signal, this.filters);
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
  }

  /** Tells once more what was found; false if nothing was yet. */
  showAgain(): boolean {
    if (this.answer === null) return false;
    this.events.on_objects(this.answer, this.objects, this.active);
    return true;
  }

  /** Gives up the request that is under way. */
  cancel(): void {
    this.request?.abort();
    this.request = null;
  }

  private async search(
    kind: SearchKind,
    send: (signal: AbortSignal) => Promise<SearchAnswer>,
    take: (answer: SearchAnswer) => number, // which object is chosen
    retry: () => void,
  ): Promise<void> {
    this.cancel();
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

import {
  ApiError,
  searchByPhoto,
  searchInPhoto,
  searchOn,
  type FoundObject,
  type ProductMatch,
  type SearchAnswer,
} from "./api/client";
import type { PreparedPhoto } from "./features/capture/prepare_photo";
import { isAbort } from "./shared/errors";
import { toBox, type Box } from "./shared/geometry";

const kUploadBytesMax = 32 << 20; // what the server takes

/** What the page hears while it searches. */
export interface SessionEvents {
  readonly on_searching: () => void;
  readonly on_objects: (answer: SearchAnswer, objects: FoundObject[], active: number) => void;
  /** `retry` does the same search again. */
  readonly on_trouble: (error: unknown, retry: () => void) => void;
}

/** The searches in one photo: what was found, which thing is chosen, and one request at a time. */
export class SearchSession {
  private answer: SearchAnswer | null = null;
  private objects: FoundObject[] = [];
  private active = 0;
  private request: AbortController | null = null;

  constructor(
    private readonly photo: PreparedPhoto,
    private readonly events: SessionEvents,
  ) {}

  /** Sends the photo. The best object is chosen first; the server puts it in front. */
  async searchPhoto(): Promise<void> {
    await this.search(
      (signal) => {
        if (this.photo.upload.size > kUploadBytesMax)
          throw new ApiError(413, "the photo is too large", null);
        return searchByPhoto(this.photo.upload, signal);
      },
      (answer) => {
        this.answer = answer;
        this.objects = answer.objects;
      },
      () => void this.searchPhoto(),
    );
  }

  /** Searches a part of the photo; takes the place of an earlier selection. */
  async searchBox(box: Box): Promise<void> {
    const answer = this.answer;
    if (answer === null) return;
    await this.search(
      (signal) => searchInPhoto(answer.photo, box, signal),
      (found) => {
        const detected = this.objects.filter((object) => object.class !== "selection");
        this.objects = [...found.objects, ...detected];
      },
      () => void this.searchBox(box),
    );
  }

  /** The same once more, when the reader wants another language or currency: the choice stays. */
  async searchAgain(): Promise<void> {
    const { answer, active } = this;
    if (answer === null) return this.searchPhoto();
    const selection = this.objects.find((object) => object.class === "selection");
    await this.search(
      async (signal) => {
        const whole = await searchInPhoto(answer.photo, null, signal);
        if (selection === undefined) return whole;
        const part = await searchInPhoto(answer.photo, toBox(selection.box), signal);
        return { ...whole, objects: [...part.objects, ...whole.objects] };
      },
      (found) => {
        this.objects = found.objects;
      },
      () => void this.searchAgain(),
      active,
    );
  }

  /** The next products of the chosen object; none at the end, or when another search took their place. */
  async loadMore(): Promise<ProductMatch[]> {
    const { answer, active } = this;
    const object = this.objects[active];
    if (answer === null || object === undefined || object.next === null) return [];
    this.cancel();
    const request = new AbortController();
    this.request = request;
    const page = await searchOn(answer.photo, object.next, request.signal);
    const known = new Set(object.products.map(({ id }) => id)); // the catalog may have changed in between
    const products = page.products.filter(({ id }) => !known.has(id));
    this.objects[active] = { ...object, products: [...object.products, ...products], next: page.next };
    return products;
  }

  /** Whether the chosen object has products behind those that are there. */
  get has_more(): boolean {
    return (this.objects[this.active]?.next ?? null) !== null;
  }

  pick(index: number): void {
    if (this.answer === null) return;
    this.cancel();
    this.active = index;
    this.events.on_objects(this.answer, this.objects, index);
  }

  /** Gives up the request that is under way. */
  cancel(): void {
    this.request?.abort();
    this.request = null;
  }

  private async search(
    send: (signal: AbortSignal) => Promise<SearchAnswer>,
    take: (answer: SearchAnswer) => void,
    retry: () => void,
    active = 0,
  ): Promise<void> {
    this.cancel();
    const request = new AbortController();
    this.request = request;
    this.events.on_searching();
    try {
      const found = await send(request.signal);
      if (request.signal.aborted) return;
      take(found);
      this.active = active;
      this.events.on_objects(this.answer ?? found, this.objects, active);
    } catch (error) {
      if (isAbort(error) || request.signal.aborted) return;
      this.events.on_trouble(error, retry);
    }
  }
}

import type { FoundObject, ProductMatch, SearchAnswer } from "../src/api/client";
import { toBox, type Box, type Size } from "../src/shared/geometry";
import type { Reader, ShopClient } from "./client";
import { Trouble } from "./trouble";

/** What is shown of a photo. */
export interface Found {
  readonly size: Size;
  readonly objects: readonly FoundObject[];
  readonly active: number;
}

export interface SessionEvents {
  readonly on_searching: () => void;
  readonly on_found: (found: Found) => void;
  /** `retry` does the same search again. */
  readonly on_trouble: (trouble: Trouble, retry: () => void) => void;
}

/** The searches in one photo: what was found, which thing is chosen, one request at a time. */
export class Session {
  private answer: SearchAnswer | null = null;
  private objects: FoundObject[] = [];
  private active = 0;
  private request: AbortController | null = null;

  constructor(
    private readonly client: ShopClient,
    private readonly photo: Blob,
    private readonly reader: () => Reader,
    private readonly events: SessionEvents,
  ) {}

  /** Sends the photo. The best object is chosen first; the server puts it in front. */
  searchPhoto(): Promise<void> {
    return this.run(
      async (signal) => {
        const answer = await this.client.search(this.photo, this.reader(), signal);
        return [answer, answer.objects, 0];
      },
      () => this.searchPhoto(),
    );
  }

  /** Searches a part of the photo; takes the place of an earlier selection. */
  searchBox(box: Box): Promise<void> {
    return this.run(
      async (signal, { photo }) => {
        const part = await this.client.searchAgain(photo, box, this.reader(), signal);
        return [this.answer ?? part, [...part.objects, ...this.objects.filter(isFound)], 0];
      },
      () => this.searchBox(box),
    );
  }

  /** The same in another language or currency: the choice stays. */
  searchAgain(): Promise<void> {
    if (this.answer === null) return this.searchPhoto();
    const { active } = this;
    const selection = this.objects.find((object) => !isFound(object));
    return this.run(
      async (signal, answer) => {
        const whole = await this.client.searchAgain(answer.photo, null, this.reader(), signal);
        if (selection === undefined) return [answer, whole.objects, active];
        const part = await this.client.searchAgain(answer.photo, toBox(selection.box), this.reader(), signal);
        return [answer, [...part.objects, ...whole.objects], active];
      },
      () => this.searchAgain(),
    );
  }

  pick(index: number): void {
    this.cancel();
    this.active = index;
    this.show();
  }

  /** Shows again what was found, in other words. */
  show(): void {
    if (this.answer === null) return;
    this.events.on_found({ size: this.answer, objects: this.objects, active: this.active });
  }

  get has_more(): boolean {
    return (this.objects[this.active]?.next ?? null) !== null;
  }

  /** The next products of the chosen object. Throws Trouble. */
  async loadMore(): Promise<readonly ProductMatch[]> {
    const { answer, active } = this;
    const object = this.objects[active];
    if (answer === null || object === undefined || object.next === null) return [];
    const { signal } = this.begin();
    const page = await this.client.searchOn(answer.photo, object.next, this.reader(), signal);
    const known = new Set(object.products.map(({ id }) => id)); // the catalog may have changed in between
    const products = page.products.filter(({ id }) => !known.has(id));
    this.objects[active] = { ...object, products: [...object.products, ...products], next: page.next };
    return products;
  }

  cancel(): void {
    this.request?.abort();
    this.request = null;
  }

  private begin(): AbortController {
    this.cancel();
    this.request = new AbortController();
    return this.request;
  }

  private async run(
    search: (signal: AbortSignal, before: SearchAnswer) => Promise<[SearchAnswer, FoundObject[], number]>,
    retry: () => Promise<void>,
  ): Promise<void> {
    const { signal } = this.begin();
    this.events.on_searching();
    try {
      const before = this.answer ?? { photo: "", width: 1, height: 1, objects: [] };
      const found = await search(signal, before);
      if (signal.aborted) return;
      [this.answer, this.objects, this.active] = found;
      this.show();
    } catch (error) {
      if (signal.aborted) return;
      const trouble = error instanceof Trouble ? error : new Trouble("unknown", null, String(error));
      this.events.on_trouble(trouble, () => void retry());
    }
  }
}

function isFound(object: FoundObject): boolean {
  return object.class !== "selection";
}

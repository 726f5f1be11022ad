import { productById, similarProducts } from "./api/client";
import type { Facets, Product, ProductMatch } from "./api/client";
import { isAbort } from "./shared/errors";
import { kNoFilters, type Filters } from "./shared/filters";
import { newProducts } from "./search_session";

/** What the page hears while it searches. */
export interface SimilarEvents {
  readonly on_searching: (is_first: boolean) => void;
  readonly on_products: (session: SimilarSession) => void;
  readonly on_trouble: (error: unknown, retry: () => void) => void;
}

/** The searches for what looks like one product of the catalog. */
export class SimilarSession {
  filters: Filters = kNoFilters;
  product: Product | null = null;
  products: ProductMatch[] = [];
  facets: Facets | null = null;
  private next: string | null = null;
  private request: AbortController | null = null;

  constructor(
    readonly id: string,
    private readonly events: SimilarEvents,
  ) {}

  async search(): Promise<void> {
    this.cancel();
    const request = new AbortController();
    this.request = request;
    this.events.on_searching(this.product === null);
    try {
      const [product, answer] = await Promise.all([
        productById(this.id, request.signal),
        similarProducts(this.id, null, request.signal, this.filters),
      ]);
      if (request.signal.aborted) return;
      this.product = product;
      this.products = answer.products;
      this.facets = answer.facets;
      this.next = answer.next;
      this.events.on_products(this);
    } catch (error) {
      if (isAbort(error) || request.signal.aborted) return;
      this.events.on_trouble(error, () => void this.search());
    }
  }

  /** The next products; none at the end. */
  async loadMore(): Promise<ProductMatch[]> {
    if (this.next === null) return [];
    this.cancel();
    const request = new AbortController();
    this.request = request;
    const page = await similarProducts(this.id, this.next, request.signal, this.filters);
    const products = newProducts(this.products, page.products);
    this.products = [...this.products, ...products];
    this.next = page.next;
    return products;
  }

  get has_more(): boolean {
    return this.next !== null;
  }

  /** Counts of what these filters would leave. */
  async facetsWith(filters: Filters, signal: AbortSignal): Promise<Facets | null> {
    return (await similarProducts(this.id, null, signal, filters, 1)).facets;
  }

  /** Tells once more what was found; false if nothing was yet. */
  showAgain(): boolean {
    if (this.product === null) return false;
    this.events.on_products(this);
    return true;
  }

  cancel(): void {
    this.request?.abort();
    this.request = null;
  }
}

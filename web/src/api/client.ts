import { addFilters, kNoFilters, type Filters } from "../shared/filters";
import type { Box } from "../shared/geometry";
import { currentCurrency, currentLanguage } from "../shared/locale";
import type { components } from "./schema";

export type SearchAnswer = components["schemas"]["SearchAnswer"];
export type FoundObject = components["schemas"]["FoundObject"];
export type ProductMatch = components["schemas"]["ProductMatch"];
export type SimilarAnswer = components["schemas"]["SimilarAnswer"];
export type Product = components["schemas"]["Product"];
export type Facets = NonNullable<components["schemas"]["Facets"]>;
export type FacetCount = components["schemas"]["FacetCount"];
export type Readiness = components["schemas"]["Readiness"];
export type DetectorCard = components["schemas"]["DetectorCard"];
type Problem = components["schemas"]["Problem"];

const kPageProducts = 24;
// Longer than the server takes for any answer that it gives; a photo may take as long again to be sent.
const kAnswerTimeoutMs = 30_000;
const kUploadTimeoutMs = 120_000;

/** An answer of the server that is no success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    /** From Retry-After; null if the server names no time. */
    readonly retry_after_s: number | null,
    /** Names of the parameters that were wrong; none where it is the body. */
    readonly fields: readonly string[] = [],
  ) {
    super(detail);
    this.name = "ApiError";
  }
}

/** The server could not be reached, or did not answer in time. */
export class UnreachableError extends Error {
  constructor() {
    super("the server does not answer");
    this.name = "UnreachableError";
  }
}

/** Which things of a photo are searched; "best" leaves the others without products, until "others" are asked for. */
export type ObjectChoice = "all" | "best" | "others";

/** Products for things in the photo. `on_progress` hears how much of it was sent, 0 to 1. */
export function searchByPhoto(
  photo: Blob,
  signal: AbortSignal,
  filters: Filters = kNoFilters,
  on_progress: ((part: number) => void) | null = null,
  objects: ObjectChoice = "all",
): Promise<SearchAnswer> {
  const form = new FormData();
  form.append("photo", photo, "photo");
  const query = readerQuery(filters);
  query.set("objects", objects);
  const url = `/v1/search?${query.toString()}`;
  if (on_progress !== null) return upload<SearchAnswer>(url, form, signal, on_progress);
  return request<SearchAnswer>(url, { method: "POST", body: form, signal });
}

/** Products for a photo that was sent before, or for one part of it. */
export function searchInPhoto(
  token: string,
  box: Box | null,
  signal: AbortSignal,
  filters: Filters = kNoFilters,
  products = kPageProducts,
): Promise<SearchAnswer> {
  const query = readerQuery(filters, products);
  query.set("photo", token);
  if (box !== null) query.set("box", box.join(","));
  return request<SearchAnswer>(`/v1/search?${query.toString()}`, { method: "POST", signal });
}

/** Products for the things of a photo that "best" left out. */
export function searchOthers(token: string, signal: AbortSignal, filters: Filters): Promise<SearchAnswer> {
  const query = readerQuery(filters);
  query.set("photo", token);
  query.set("objects", "others" satisfies ObjectChoice);
  return request<SearchAnswer>(`/v1/search?${query.toString()}`, { method: "POST", signal });
}

/** The products behind those of an object, whose `next` is the cursor. */
export async function searchOn(
  token: string,
  cursor: string,
  signal: AbortSignal,
  filters: Filters = kNoFilters,
): Promise<FoundObject> {
  const query = readerQuery(filters);
  query.delete("facets");
  query.set("photo", token);
  query.set("cursor", cursor);
  const answer = await request<SearchAnswer>(`/v1/search?${query.toString()}`, { method: "POST", signal });
  const [object] = answer.objects;
  if (object === undefined) throw new ApiError(500, "the answer has no object", null);
  return object;
}

/** Products that look like one of the catalog; `cursor` is the `next` of the page before. */
export function similarProducts(
  id: string,
  cursor: string | null,
  signal: AbortSignal,
  filters: Filters = kNoFilters,
  products = kPageProducts,
): Promise<SimilarAnswer> {
  const query = readerQuery(filters, products);
  if (cursor !== null) {
    query.delete("facets");
    query.set("cursor", cursor);
  }
  return request<SimilarAnswer>(`/v1/products/${encodeURIComponent(id)}/similar?${query.toString()}`, { signal });
}

/** A product of the catalog, with its price in the reader's currency. */
export function productById(id: string, signal: AbortSignal): Promise<Product> {
  const currency = currentCurrency();
  const query = currency === null ? "" : `?${new URLSearchParams({ currency }).toString()}`;
  return request<Product>(`/v1/products/${encodeURIComponent(id)}${query}`, { signal });
}

/** What every search asks for: titles and prices as this reader wants them, and counts to filter by. */
function readerQuery(filters: Filters, products = kPageProducts): URLSearchParams {
  const query = new URLSearchParams({ k: String(products), lang: currentLanguage(), facets: "true" });
  const currency = currentCurrency();
  if (currency !== null) query.set("currency", currency);
  addFilters(query, filters);
  return query;
}

/** How much the catalog holds. */
export function readiness(signal: AbortSignal): Promise<Readiness> {
  return request<Readiness>("/readyz", { signal });
}

/** What the server's detector takes and gives; refused where the server keeps it. */
export function detectorCard(signal: AbortSignal): Promise<DetectorCard> {
  return request<DetectorCard>("/v1/detector", { signal });
}

/** The photo at an address, which the server reads: the page itself may not. */
export async function photoAt(address: string, signal: AbortSignal): Promise<Blob> {
  return (await ask(`/v1/photo?${new URLSearchParams({ address }).toString()}`, { signal })).blob();
}

async function request<T>(url: string, options: RequestInit): Promise<T> {
  return (await (await ask(url, options)).json()) as T;
}

async function ask(url: string, options: RequestInit): Promise<Response> {
  let response: Response;
  const signals = [AbortSignal.timeout(kAnswerTimeoutMs), ...(options.signal ? [options.signal] : [])];
  try {
    response = await fetch(url, { ...options, signal: AbortSignal.any(signals), headers: { Accept: "application/json" } });
  } catch (error) {
    if (error instanceof TypeError) throw new UnreachableError(); // what fetch says to a network failure
    if (error instanceof DOMException && error.name === "TimeoutError") throw new UnreachableError();
    throw error;
  }
  if (!response.ok) throw toApiError(response.status, response.headers.get("Retry-After"), await response.text());
  return response;
}

/** As `request`, through the older interface: only that one tells how much was sent. */
function upload<T>(url: string, body: FormData, signal: AbortSignal, on_progress: (part: number) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", url);
    sending.setRequestHeader("Accept", "application/json");
    sending.upload.addEventListener("progress", ({ loaded, total }) => on_progress(total === 0 ? 1 : loaded / total));
    sending.addEventListener("load", () => {
      if (sending.status >= 200 && sending.status < 300) resolve(JSON.parse(sending.responseText) as T);
      else reject(toApiError(sending.status, sending.getResponseHeader("Retry-After"), sending.responseText));
    });
    sending.timeout = kUploadTimeoutMs;
    sending.addEventListener("timeout", () => reject(new UnreachableError()));
    sending.addEventListener("error", () => reject(new UnreachableError()));
    sending.addEventListener("abort", () => reject(new DOMException("another search took its place", "AbortError")));
    signal.addEventListener("abort", () => sending.abort());
    if (signal.aborted) reject(new DOMException("another search took its place", "AbortError"));
    else sending.send(body);
  });
}

function toApiError(status: number, retry_after: string | null, body: string): ApiError {
  const seconds = Number(retry_after ?? NaN);
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(body) as Partial<Problem>;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // a proxy's own page is no JSON
  }
  const fields = (problem.errors ?? []).map(({ field }) => field);
  return new ApiError(status, problem.detail ?? "", Number.isFinite(seconds) ? seconds : null, fields);
}

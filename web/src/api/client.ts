import type { Box } from "../shared/geometry";
import { currentCurrency, currentLanguage } from "../shared/locale";
import type { components } from "./schema";

export type SearchAnswer = components["schemas"]["SearchAnswer"];
export type FoundObject = components["schemas"]["FoundObject"];
export type ProductMatch = components["schemas"]["ProductMatch"];
export type Readiness = components["schemas"]["Readiness"];
type Problem = components["schemas"]["Problem"];

/** An answer of the server that is no success. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly detail: string,
    /** From Retry-After; null if the server names no time. */
    readonly retry_after_s: number | null,
  ) {
    super(detail);
    this.name = "ApiError";
  }
}

/** The server could not be reached at all. */
export class UnreachableError extends Error {
  constructor() {
    super("the server does not answer");
    this.name = "UnreachableError";
  }
}

/** Products for each thing in the photo. */
export function searchByPhoto(photo: Blob, signal: AbortSignal): Promise<SearchAnswer> {
  const form = new FormData();
  form.append("photo", photo, "photo");
  return request<SearchAnswer>(`/v1/search?${readerQuery().toString()}`, { method: "POST", body: form, signal });
}

/** Products for a photo that was sent before, or for one part of it. */
export function searchInPhoto(token: string, box: Box | null, signal: AbortSignal): Promise<SearchAnswer> {
  const query = readerQuery();
  query.set("photo", token);
  if (box !== null) query.set("box", box.join(","));
  return request<SearchAnswer>(`/v1/search?${query.toString()}`, { method: "POST", signal });
}

/** The products behind those of an object, whose `next` is the cursor. */
export async function searchOn(token: string, cursor: string, signal: AbortSignal): Promise<FoundObject> {
  const query = readerQuery();
  query.set("photo", token);
  query.set("cursor", cursor);
  const answer = await request<SearchAnswer>(`/v1/search?${query.toString()}`, { method: "POST", signal });
  const [object] = answer.objects;
  if (object === undefined) throw new ApiError(500, "the answer has no object", null);
  return object;
}

/** What every search asks for: titles and prices as this reader wants them. */
function readerQuery(): URLSearchParams {
  const query = new URLSearchParams({ k: "24", lang: currentLanguage() });
  const currency = currentCurrency();
  if (currency !== null) query.set("currency", currency);
  return query;
}

/** How much the catalog holds. */
export function readiness(signal: AbortSignal): Promise<Readiness> {
  return request<Readiness>("/readyz", { signal });
}

async function request<T>(url: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url, { ...options, headers: { Accept: "application/json" } });
  } catch (error) {
    if (error instanceof TypeError) throw new UnreachableError(); // what fetch says to a network failure
    throw error;
  }
  if (!response.ok) throw await toApiError(response);
  return (await response.json()) as T;
}

async function toApiError(response: Response): Promise<ApiError> {
  const retry_after = Number(response.headers.get("Retry-After") ?? NaN);
  let detail = response.statusText;
  try {
    const problem = (await response.json()) as Partial<Problem>;
    detail = problem.detail ?? detail;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // a proxy's own page is no JSON
  }
  return new ApiError(response.status, detail, Number.isFinite(retry_after) ? retry_after : null);
}

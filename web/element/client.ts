import type { FoundObject, SearchAnswer } from "../src/api/client";
import type { Box } from "../src/shared/geometry";
import { codeOfStatus, Trouble } from "./trouble";

const kProducts = 12; // a shop's page has other things too; more on demand

/** What the shopper reads and pays with. */
export interface Reader {
  readonly language: string;
  readonly currency: string | null; // null: as in the shop
}

/** Asks one server. Failures are thrown as Trouble, a search that was given up as AbortError. */
export class ShopClient {
  /** `endpoint`: an address that ends in "/"; the paths of the API are below it. */
  constructor(readonly endpoint: string) {}

  /** The address of a picture or page that the server names by its path. */
  address(path: string): string {
    return this.endpoint + path.replace(/^\//, "");
  }

  search(photo: Blob, reader: Reader, signal: AbortSignal): Promise<SearchAnswer> {
    const form = new FormData();
    form.append("photo", photo, "photo");
    return this.ask(query(reader), form, signal);
  }

  /** In a photo that was sent before; `box` in pixels of the upright original, null: all that is in it. */
  searchAgain(token: string, box: Box | null, reader: Reader, signal: AbortSignal): Promise<SearchAnswer> {
    const parameters = query(reader);
    parameters.set("photo", token);
    if (box !== null) parameters.set("box", box.join(","));
    return this.ask(parameters, null, signal);
  }

  /** The products behind those of an object. */
  async searchOn(token: string, cursor: string, reader: Reader, signal: AbortSignal): Promise<FoundObject> {
    const parameters = query(reader);
    parameters.set("photo", token);
    parameters.set("cursor", cursor);
    const [object] = (await this.ask(parameters, null, signal)).objects;
    if (object === undefined) throw new Trouble("unknown", 200, "the answer has no object");
    return object;
  }

  private async ask(parameters: URLSearchParams, body: FormData | null, signal: AbortSignal): Promise<SearchAnswer> {
    const url = `${this.endpoint}v1/search?${parameters.toString()}`;
    let response: Response;
    try {
      response = await fetch(url, { method: "POST", body, signal, credentials: "omit", headers: { Accept: "application/json" } });
    } catch (error) {
      if (error instanceof TypeError) throw new Trouble("unreachable", null, `${this.endpoint} does not answer`);
      throw error;
    }
    if (!response.ok) throw await toTrouble(response);
    return (await response.json()) as SearchAnswer;
  }
}

function query({ language, currency }: Reader): URLSearchParams {
  const parameters = new URLSearchParams({ k: String(kProducts), lang: language });
  if (currency !== null) parameters.set("currency", currency);
  return parameters;
}

async function toTrouble(response: Response): Promise<Trouble> {
  const retry_after = Number(response.headers.get("Retry-After") ?? NaN);
  let detail = response.statusText;
  try {
    detail = ((await response.json()) as { detail?: string }).detail ?? detail;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error; // a proxy's own page is no JSON
  }
  const wait = Number.isFinite(retry_after) ? retry_after : null;
  return new Trouble(codeOfStatus(response.status), response.status, detail, wait);
}

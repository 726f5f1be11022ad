// The screens of the page and their addresses.
import { addFilters, kNoFilters, readFilters, type Filters } from "./shared/filters";

export type View =
  | { readonly name: "start" }
  /** A photo of this device; `recent` is where it is kept there, null if it is not. */
  | { readonly name: "photo"; readonly recent: number | null }
  | { readonly name: "similar"; readonly id: string }
  | { readonly name: "saved" }
  /** Products that somebody has shared. */
  | { readonly name: "items"; readonly ids: readonly string[] };

const kItemsMax = 24; // an address has its limits

/** Where the screen can be found. A photo's has no name: it is on this device alone. */
export function addressOf(view: View, filters: Filters = kNoFilters): string {
  const query = new URLSearchParams();
  if (view.name === "start") return "/";
  if (view.name === "photo") query.set("photo", "");
  if (view.name === "saved") query.set("saved", "");
  if (view.name === "items") for (const id of view.ids.slice(0, kItemsMax)) query.append("item", id);
  if (view.name === "similar") query.set("similar", view.id);
  addFilters(query, filters);
  return `/?${query.toString().replace(/=(?=&|$)/g, "")}`;
}

/** The screen of an address; `recent` comes from the browser's history. */
export function viewOf(search: string, recent: number | null): { view: View; filters: Filters } {
  const query = new URLSearchParams(search);
  const filters = readFilters(query);
  const similar = query.get("similar");
  const ids = query.getAll("item").filter((id) => id !== "").slice(0, kItemsMax);
  if (similar) return { view: { name: "similar", id: similar }, filters };
  if (ids.length > 0) return { view: { name: "items", ids }, filters: kNoFilters };
  if (query.has("saved")) return { view: { name: "saved" }, filters: kNoFilters };
  if (query.has("photo")) return { view: { name: "photo", recent }, filters };
  return { view: { name: "start" }, filters: kNoFilters };
}

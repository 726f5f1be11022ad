import { readiness } from "./api/client";
import { watchCapture } from "./features/capture/capture";
import { showAddressField, watchAddress } from "./features/capture/photo_address";
import { showShelf } from "./features/capture/photo_shelf";
import { offerDeviceBoxes } from "./features/device_boxes/device_boxes";
import { FilterPanel } from "./features/filters/filter_panel";
import { showLocaleChoices } from "./features/locale/locale_choices";
import { openAppShell, takeSharedPhoto } from "./features/pwa/app_shell";
import { emptyCatalogWords, ResultsView } from "./features/results/results";
import { kSavedChange, savedProducts } from "./features/saved/saved_products";
import { addressOf, viewOf, type View } from "./navigation";
import { byId, element } from "./shared/dom";
import { describeError } from "./shared/errors";
import { inCurrency, kNoFilters, type Filters } from "./shared/filters";
import { toBox } from "./shared/geometry";
import { productCount } from "./shared/format";
import { currentCurrency, currentLocale, openLocale, translatePage } from "./shared/locale";
import { readTabStore, writeTabStore } from "./shared/store";
import { ListView } from "./views/list_view";
import { PhotoView } from "./views/photo_view";
import type { Shell, Step } from "./views/shell";
import { SimilarView } from "./views/similar_view";

const kReadinessTimeoutMs = 10_000;
const kLeftStep = "snapshelf.left";

const page = {
  main: byId("main", HTMLElement),
  home: byId("home", HTMLAnchorElement),
  start: byId("start", HTMLElement),
  start_notice: byId("start-notice", HTMLElement),
  work: byId("work", HTMLElement),
  photo_side: byId("photo-side", HTMLElement),
  photo_heading: byId("photo-heading", HTMLElement),
  like: byId("like", HTMLElement),
  new_photo: byId("new-photo", HTMLButtonElement),
  choose: byId("choose", HTMLButtonElement),
  catalog_size: byId("catalog-size", HTMLElement),
  saved_open: byId("saved-open", HTMLButtonElement),
  saved_count: byId("saved-count", HTMLElement),
};
let is_catalog_empty = false;
let has_products = false;
let step: Step = newStep({ name: "start" }, 0);
const steps = new Map<number, Step>();

const shell: Shell = {
  results: new ResultsView(byId("results", HTMLElement), byId("live", HTMLElement)),
  panel: new FilterPanel(),
  isCatalogEmpty: () => is_catalog_empty,
  step: () => step,
  go: (view) => {
    enter(newStep(view, nextKey()), kNoFilters);
    if (view.name === "start") page.choose.focus();
    else page.main.focus({ preventScroll: true });
  },
  rename: (named, filters) => history.replaceState(stateOf(named), "", addressOf(named.view, filters)),
};
const photo_view = new PhotoView(shell);
const similar_view = new SimilarView(shell);
const list_view = new ListView(shell);

interface StoredState {
  readonly key: number;
  readonly recent: number | null;
}

function stateOf({ key, view }: Step): StoredState {
  return { key, recent: view.name === "photo" ? view.recent : null };
}

/** What the step looked like when the page was left. */
type LeftStep = Pick<Step, "key" | "scroll" | "chosen">;

/** Keeps it for a reload, or the way back from another page; the history takes no more while the page is being left. */
function keepStep(): void {
  const object = step.photo?.chosen ?? null;
  const chosen = object === null ? step.chosen : { box: toBox(object.box), is_selection: object.class === "selection" };
  const left: LeftStep = { key: step.key, scroll: window.scrollY, chosen };
  writeTabStore(kLeftStep, JSON.stringify(left));
}

function leftStep(key: number): LeftStep | undefined {
  const left = JSON.parse(readTabStore(kLeftStep) ?? "null") as LeftStep | null;
  return left?.key === key ? left : undefined;
}

function newStep(view: View, key: number, { scroll, chosen }: Pick<Step, "scroll" | "chosen"> = { scroll: 0, chosen: null }): Step {
  return { key, view, scroll, chosen, photo: null, similar: null };
}

function nextKey(): number {
  return Math.max(step.key, ...steps.keys()) + 1;
}

/** A new step of the history. */
function enter(next: Step, filters: Filters): void {
  leave();
  for (const key of steps.keys()) if (key > step.key) steps.delete(key); // what could be gone forward to is no more
  step = next;
  steps.set(step.key, step);
  history.pushState(stateOf(step), "", addressOf(step.view, filters));
  void show(filters);
  window.scrollTo({ top: 0, behavior: "instant" });
}

function leave(): void {
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  step.scroll = window.scrollY;
  step.photo?.cancelAll();
  step.similar?.cancel();
}

/** Shows the step from what was found there, or from its address; a photo is opened by the caller. */
async function show(filters: Filters): Promise<void> {
  const { view } = step;
  showParts(view.name);
  if (view.name === "start") await showStart();
  if (view.name === "similar") await similar_view.open(step, view.id, filters);
  if (view.name === "saved") await list_view.showSaved(step);
  if (view.name === "items") await list_view.showItems(step, view.ids);
}

function showParts(name: View["name"]): void {
  // Chromium 156 now and then keeps the columns of the screen before, if the grid is not laid out anew; the place that
  // was scrolled to would be another one then.
  page.work.hidden = true;
  page.main.dataset["view"] = name;
  void page.main.offsetHeight;
  page.start.hidden = name !== "start";
  page.work.hidden = page.new_photo.hidden = name === "start";
  page.photo_side.hidden = page.photo_heading.hidden = name !== "photo";
  page.like.hidden = name !== "similar";
}

async function openPhoto(photo: Blob, recent: number | null = null): Promise<void> {
  enter(newStep({ name: "photo", recent }, nextKey()), kNoFilters);
  await photo_view.open(step, photo, kNoFilters);
}

/** A step that the browser knows: from memory, or after a reload from its address. */
async function arrive(stored: StoredState | null): Promise<void> {
  const { view, filters: wanted } = viewOf(location.search, stored?.recent ?? null);
  const filters = inCurrency(wanted, currentCurrency());
  const known = stored === null ? undefined : steps.get(stored.key);
  const key = stored?.key ?? nextKey();
  step = known ?? newStep(view, key, leftStep(key));
  steps.set(step.key, step);
  const there = step;
  shell.rename(step, filters);
  await show(filters);
  if (step !== there) return;
  if (step.view.name === "photo" && !(await photo_view.reopen(step, filters)) && step === there) {
    step.view = { name: "start" }; // the photo is not on this device any more
    shell.rename(step, kNoFilters);
    await show(kNoFilters);
  }
  if (step === there) window.scrollTo({ top: step.scroll, behavior: "instant" });
}

/** All words of the page in the reader's language. */
function showWords(): void {
  translatePage();
  showLocaleChoices(onLocaleChange);
  showSavedCount();
  void showCatalogSize();
}

function onLocaleChange(): void {
  showWords();
  const { photo, similar } = step;
  for (const session of [photo, similar]) if (session !== null) session.filters = inCurrency(session.filters, currentCurrency());
  if (photo !== null) void photo.searchAgain();
  else if (similar !== null) void similar.search();
  else void show(kNoFilters);
}

function showSavedCount(): void {
  const count = savedProducts().length;
  page.saved_count.textContent = count === 0 ? "" : new Intl.NumberFormat(currentLocale()).format(count);
}

function showStart(): Promise<void> {
  return showShelf(has_products, {
    on_sample: (photo) => void openPhoto(photo),
    on_recent: ({ id, photo }) => void openPhoto(photo, id),
  });
}

/** Tells at the start what the shopper would otherwise learn after choosing a photo. */
async function showCatalogSize(): Promise<void> {
  page.start_notice.replaceChildren();
  try {
    const ready = await readiness(AbortSignal.timeout(kReadinessTimeoutMs));
    is_catalog_empty = ready.products === 0;
    has_products = !is_catalog_empty;
    showAddressField(ready.photo_addresses && has_products);
    offerDeviceBoxes(ready.device_boxes && has_products);
    page.catalog_size.textContent = is_catalog_empty ? "" : productCount(ready.products);
    if (is_catalog_empty) page.start_notice.append(...emptyCatalogWords());
  } catch (error) {
    const trouble = describeError(error);
    page.start_notice.append(element("h2", {}, trouble.title), element("p", {}, trouble.text));
  }
  page.start_notice.hidden = page.start_notice.childElementCount === 0;
  if (step.view.name === "start") await showStart();
}

history.scrollRestoration = "manual";
await openLocale();
showWords();
openAppShell();
watchCapture((photo) => void openPhoto(photo));
watchAddress((photo) => void openPhoto(photo));
page.new_photo.addEventListener("click", () => shell.go({ name: "start" }));
page.home.addEventListener("click", (event) => {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a window of its own
  event.preventDefault();
  shell.go({ name: "start" });
});
page.saved_open.addEventListener("click", () => shell.go({ name: "saved" }));
addEventListener(kSavedChange, showSavedCount);
addEventListener("popstate", (event) => {
  leave();
  void arrive(event.state as StoredState | null);
});
const shared = new URLSearchParams(location.search).has("shared") ? await takeSharedPhoto() : null;
addEventListener("pagehide", keepStep);
void arrive(history.state as StoredState | null);
if (shared !== null) void openPhoto(shared);
document.documentElement.dataset["ready"] = "";

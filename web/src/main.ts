import { readiness, type FoundObject, type ProductMatch, type SearchAnswer } from "./api/client";
import { watchCapture } from "./features/capture/capture";
import { preparePhoto, type PreparedPhoto } from "./features/capture/prepare_photo";
import { showChips } from "./features/detections/object_chips";
import { PhotoStage } from "./features/detections/photo_stage";
import { showMatches } from "./features/matches/matches_dialog";
import { emptyCatalogWords, ResultsView } from "./features/results/results";
import { showLocaleChoices } from "./features/locale/locale_choices";
import { SearchSession } from "./search_session";
import { byId, element } from "./shared/dom";
import { describeError } from "./shared/errors";
import { productCount } from "./shared/format";
import { openLocale, translatePage } from "./shared/locale";

const kReadinessTimeoutMs = 10_000;

const page = {
  start: byId("start", HTMLElement),
  start_notice: byId("start-notice", HTMLElement),
  work: byId("work", HTMLElement),
  photo_side: byId("photo-side", HTMLElement),
  chips: byId("chips", HTMLElement),
  draw: byId("draw", HTMLButtonElement),
  photo_hint: byId("photo-hint", HTMLElement),
  new_photo: byId("new-photo", HTMLButtonElement),
  choose: byId("choose", HTMLButtonElement),
  catalog_size: byId("catalog-size", HTMLElement),
};
const results = new ResultsView(byId("results", HTMLElement), byId("live", HTMLElement));
const stage = new PhotoStage(byId("stage", HTMLElement), {
  on_pick: (index) => session?.pick(index),
  on_draw: (box) => {
    setDrawing(false);
    void session?.searchBox(box);
  },
});
let session: SearchSession | null = null;
let is_catalog_empty = false;
let photo_number = 0; // a photo that is still being prepared gives way to a newer one

async function openPhoto(file: File): Promise<void> {
  session?.cancel();
  session = null;
  const number = ++photo_number;
  showWork(true);
  setDrawing(false);
  page.chips.replaceChildren();
  page.draw.hidden = page.photo_hint.hidden = true;
  page.photo_side.hidden = false;
  stage.setSearching(true);
  results.showSearching();
  let photo: PreparedPhoto;
  try {
    photo = await preparePhoto(file);
  } catch (error) {
    stage.setSearching(false);
    return results.showTrouble(describeError(error), () => void openPhoto(file), startOver);
  }
  if (number !== photo_number) return;
  stage.showPhoto(photo.preview);
  session = new SearchSession(photo, {
    on_searching: () => {
      stage.setSearching(true);
      results.showSearching();
    },
    on_objects: showObjects,
    on_trouble: (error, retry) => {
      stage.setSearching(false);
      // Neither the browser nor the server could read it: there is nothing to look at.
      page.photo_side.hidden = photo.preview === null && page.draw.hidden;
      results.showTrouble(describeError(error), retry, startOver);
    },
  });
  await session.searchPhoto();
}

function showObjects(answer: SearchAnswer, objects: FoundObject[], active: number): void {
  const chosen = objects[active];
  if (chosen === undefined) return;
  stage.setSearching(false);
  stage.showObjects(answer, objects, active);
  showChips(page.chips, objects, active, (index) => session?.pick(index));
  page.draw.hidden = page.photo_hint.hidden = false;
  const url = stage.preview;
  const photo = url === null ? null : { url, width: answer.width, height: answer.height };
  const on_matches = photo === null ? null : (product: ProductMatch) => showMatches(photo, chosen, product);
  const current = session;
  const more = current?.has_more ? { load: () => current.loadMore(), hasMore: () => current.has_more } : null;
  results.showProducts(chosen, is_catalog_empty, on_matches, more);
}

function showWork(is_working: boolean): void {
  page.start.hidden = is_working;
  page.work.hidden = page.new_photo.hidden = !is_working;
  if (is_working) window.scrollTo({ top: 0 });
}

function startOver(): void {
  photo_number++;
  session?.cancel();
  session = null;
  showWork(false);
  page.choose.focus();
}

function setDrawing(is_on: boolean, by_keys = false): void {
  page.draw.setAttribute("aria-pressed", String(is_on));
  stage.setDrawing(is_on, by_keys);
}

/** All words of the page in the reader's language. */
function showWords(): void {
  translatePage();
  showLocaleChoices(onLocaleChange);
  void showCatalogSize();
}

function onLocaleChange(): void {
  showWords();
  void session?.searchAgain();
}

/** Tells at the start what the shopper would otherwise learn after choosing a photo. */
async function showCatalogSize(): Promise<void> {
  page.start_notice.replaceChildren();
  try {
    const ready = await readiness(AbortSignal.timeout(kReadinessTimeoutMs));
    is_catalog_empty = ready.products === 0;
    page.catalog_size.textContent = is_catalog_empty ? "" : productCount(ready.products);
    if (is_catalog_empty) page.start_notice.append(...emptyCatalogWords());
  } catch (error) {
    const trouble = describeError(error);
    page.start_notice.append(element("h2", {}, trouble.title), element("p", {}, trouble.text));
  }
  page.start_notice.hidden = page.start_notice.childElementCount === 0;
}

await openLocale();
showWords();
watchCapture((file) => void openPhoto(file));
page.new_photo.addEventListener("click", startOver);
page.draw.addEventListener("click", (event) => {
  const is_on = page.draw.getAttribute("aria-pressed") !== "true";
  setDrawing(is_on, event.detail === 0); // 0: pressed by a key
});
document.documentElement.dataset["ready"] = "";

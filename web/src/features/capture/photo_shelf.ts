// Under the start page's field: the last photos, or for who has none yet the shop's samples.
import { byId, element } from "../../shared/dom";
import { t } from "../../shared/locale";
import { forgetPhotos, recentPhotos, type RecentPhoto } from "./recent_photos";

const kSamplesList = "/samples/samples.json";

export interface ShelfEvents {
  readonly on_sample: (photo: Blob) => void;
  readonly on_recent: (recent: RecentPhoto) => void;
}

let urls: string[] = [];

/** Shows the shelf anew, in the reader's language. `has_samples`: whether the catalog can answer them. */
export async function showShelf(has_samples: boolean, events: ShelfEvents): Promise<void> {
  const root = byId("shelf", HTMLElement);
  const recent = await recentPhotos();
  const parts = recent.length > 0 ? recentPart(recent, has_samples, events) : has_samples ? await samplePart(events) : [];
  root.replaceChildren(...parts);
  root.hidden = parts.length === 0;
}

function recentPart(recent: readonly RecentPhoto[], has_samples: boolean, events: ShelfEvents): HTMLElement[] {
  for (const url of urls) URL.revokeObjectURL(url);
  urls = recent.map(({ photo }) => URL.createObjectURL(photo));
  const clear = element("button", { type: "button", class: "text-button" }, t("action.clear_all"));
  clear.addEventListener("click", () => {
    void forgetPhotos().then(() => showShelf(has_samples, events)).then(() => byId("choose", HTMLButtonElement).focus());
  });
  const buttons = recent.map((photo, index) =>
    photoButton(urls[index] ?? "", t("start.recent_photo", { number: index + 1 }), () => events.on_recent(photo)),
  );
  return [
    element("div", { class: "shelf-head" }, element("h2", {}, t("start.recent")), clear),
    element("ul", { class: "shelf-photos" }, ...buttons),
    element("p", { class: "shelf-note" }, t("start.device_only")),
  ];
}

/** None where the server has no samples. */
async function samplePart({ on_sample }: ShelfEvents): Promise<HTMLElement[]> {
  const samples = await sampleNames();
  if (samples.length === 0) return [];
  const buttons = samples.map(({ photo, thumbnail }, index) =>
    photoButton(thumbnail, t("start.sample_photo", { number: index + 1 }), () => {
      void fetch(photo).then((answer) => answer.blob()).then(on_sample, () => on_sample(new Blob()));
    }),
  );
  return [element("div", { class: "shelf-head" }, element("h2", {}, t("start.try"))), element("ul", { class: "shelf-photos" }, ...buttons)];
}

interface Sample {
  readonly photo: string;
  readonly thumbnail: string;
}

async function sampleNames(): Promise<Sample[]> {
  try {
    const answer = await fetch(kSamplesList);
    return answer.ok ? ((await answer.json()) as { items: Sample[] }).items : [];
  } catch {
    return [];
  }
}

function photoButton(url: string, label: string, on_click: () => void): HTMLElement {
  const button = element("button", { type: "button", class: "shelf-photo", "aria-label": label }, element("img", { src: url, alt: "", loading: "lazy", decoding: "async" }));
  button.addEventListener("click", on_click);
  return element("li", {}, button);
}

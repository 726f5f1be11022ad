import type { FoundObject, ProductMatch, SearchAnswer } from "../api/client";
import { preparePhoto, type PreparedPhoto } from "../features/capture/prepare_photo";
import { keepPhoto, recentPhoto } from "../features/capture/recent_photos";
import { showChips } from "../features/detections/object_chips";
import { PhotoStage } from "../features/detections/photo_stage";
import { thingsOnDevice, type DeviceFinding } from "../features/device_boxes/device_boxes";
import { showMatches } from "../features/matches/matches_dialog";
import { addressOf } from "../navigation";
import { SearchSession } from "../search_session";
import { byId } from "../shared/dom";
import { describeError } from "../shared/errors";
import { filterCount, type Filters } from "../shared/filters";
import { formatClass } from "../shared/format";
import { t } from "../shared/locale";
import { shareLink } from "../shared/share";
import { cardActions, narrowing, type Chosen, type Shell, type Step } from "./shell";

/** A photo, the things in it, and the products for the one that is chosen. */
export class PhotoView {
  private readonly side = byId("photo-side", HTMLElement);
  private readonly chips = byId("chips", HTMLElement);
  private readonly draw = byId("draw", HTMLButtonElement);
  private readonly hint = byId("photo-hint", HTMLElement);
  private readonly stage: PhotoStage;
  private early: { readonly finding: DeviceFinding; readonly session: SearchSession } | null = null;

  constructor(private readonly shell: Shell) {
    this.stage = new PhotoStage(byId("stage", HTMLElement), {
      on_pick: (index) => this.pick(index),
      on_draw: (box) => {
        this.setDrawing(false);
        void shell.step().photo?.searchBox(box);
      },
    });
    this.draw.addEventListener("click", (event) => {
      const is_on = this.draw.getAttribute("aria-pressed") !== "true";
      this.setDrawing(is_on, event.detail === 0); // 0: pressed by a key
    });
  }

  /** Searches a new photo; `recent` is where it is kept if it is already. */
  async open(step: Step, photo: Blob, filters: Filters): Promise<void> {
    this.clear(step);
    let prepared: PreparedPhoto;
    const is_kept = step.view.name === "photo" && step.view.recent !== null; // as it was sent
    try {
      prepared = is_kept ? { upload: photo, preview: photo } : await preparePhoto(photo);
    } catch (error) {
      return this.showTrouble(step, error, () => void this.open(step, photo, filters));
    }
    if (this.shell.step() !== step) return;
    this.stage.showPhoto(prepared.preview);
    step.photo = this.makeSession(step, prepared, filters);
    const searched = this.search(step.photo, step.chosen);
    if (prepared.preview !== null) void this.markEarly(step, step.photo, prepared.preview);
    if (step.view.name === "photo" && step.view.recent === null) {
      step.view = { name: "photo", recent: await keepPhoto(prepared) };
      if (this.shell.step() === step) this.shell.rename(step, step.photo.filters);
    }
    await searched;
  }

  private async search(session: SearchSession, chosen: Chosen | null): Promise<void> {
    if (chosen !== null) session.want(chosen.box);
    await session.searchPhoto();
    if (chosen?.is_selection) await session.searchBox(chosen.box);
  }

  /** Shows what was found before, else searches the photo that is kept on the device; false if it is not. */
  async reopen(step: Step, filters: Filters): Promise<boolean> {
    const session = step.photo;
    if (session !== null) {
      this.clear(step);
      this.stage.showPhoto(session.photo.preview);
      if (!session.showAgain()) await session.searchPhoto();
      return true;
    }
    const recent = step.view.name === "photo" ? step.view.recent : null;
    const photo = recent === null ? null : await recentPhoto(recent);
    if (photo === null) return false;
    await this.open(step, photo, filters);
    return true;
  }

  /** Boxes that this device finds while the photo is on its way. */
  private async markEarly(step: Step, session: SearchSession, photo: Blob): Promise<void> {
    const finding = await thingsOnDevice(photo);
    if (finding === null || finding.things.length === 0 || session.chosen !== null || this.shell.step() !== step) return;
    this.early = { finding, session };
    this.showEarly(0);
  }

  private showEarly(active: number): void {
    if (this.early === null) return;
    const { finding } = this.early;
    this.stage.showObjects(finding, finding.things, active);
    showChips(this.chips, finding.things, active, (index) => this.pick(index));
  }

  /** A box or a chip was tapped: one of the server's, or one that is there before them. */
  private pick(index: number): void {
    const session = this.shell.step().photo;
    if (session === null) return;
    if (session.chosen !== null || this.early?.session !== session) return session.pick(index);
    const thing = this.early.finding.things[index];
    if (thing === undefined) return;
    session.want(thing.box);
    this.showEarly(index);
  }

  private clear(step: Step): void {
    this.early = null;
    this.setDrawing(false);
    this.chips.replaceChildren();
    this.draw.hidden = this.hint.hidden = true;
    this.showSide(true);
    this.stage.showPhoto(null);
    this.stage.setSearching(true);
    this.shell.results.showSearching(this.cancelling(step));
  }

  private makeSession(step: Step, photo: PreparedPhoto, filters: Filters): SearchSession {
    const { results } = this.shell;
    const isShown = (): boolean => this.shell.step() === step;
    const session = new SearchSession(photo, {
      on_searching: (kind) => {
        this.stage.setSearching(true);
        if (kind === "again") results.showRefreshing();
        else results.showSearching(kind === "photo" ? this.cancelling(step) : null);
      },
      on_sent: (part) => {
        if (isShown()) results.showSent(part);
      },
      on_objects: (answer, objects, active) => {
        if (isShown()) this.showObjects(session, answer, objects, active);
      },
      on_others: (objects, active) => {
        if (isShown()) this.showChips(session, objects, active);
      },
      on_trouble: (error, retry) => {
        // Neither the browser nor the server could read it: there is nothing to look at.
        this.showSide(photo.preview !== null || !this.draw.hidden);
        this.showTrouble(step, error, retry);
      },
    });
    session.filters = filters;
    return session;
  }

  private cancelling(step: Step): () => void {
    return () => {
      step.photo?.cancelAll();
      this.shell.go({ name: "start" });
    };
  }

  private showTrouble(step: Step, error: unknown, retry: () => void): void {
    if (this.shell.step() !== step) return;
    this.stage.setSearching(false);
    this.shell.results.showTrouble(describeError(error), retry, () => this.shell.go({ name: "start" }));
  }

  private showObjects(session: SearchSession, answer: SearchAnswer, objects: FoundObject[], active: number): void {
    const chosen = objects[active];
    if (chosen === undefined) return;
    this.stage.setSearching(false);
    this.stage.showObjects(answer, objects, active);
    this.showChips(session, objects, active);
    if (!chosen.searched) return this.shell.results.showSearching(null);
    this.draw.hidden = this.hint.hidden = false;
    const { preview } = this.stage;
    const photo = preview === null ? null : { url: preview, width: answer.width, height: answer.height };
    const on_compare = photo === null ? null : (product: ProductMatch) => showMatches(photo, chosen, product);
    const name = formatClass(chosen.class);
    const is_weak = chosen.good_match === false;
    const ids = chosen.products.map(({ id }) => id);
    const on_share = (): void => void shareLink(addressOf({ name: "items", ids }));
    const { bar, nothing } = narrowing(this.shell, session, chosen.facets, () => void session.searchAgain());
    this.shell.results.show({
      title: is_weak && chosen.products.length > 0 ? t("results.closest", { name }) : name,
      products: chosen.products,
      match: is_weak ? "weak" : "good",
      bar: chosen.products.length === 0 && filterCount(session.filters) === 0 ? null : bar,
      nothing,
      more: session.has_more ? { load: () => session.loadMore(), hasMore: () => session.has_more } : null,
      on_share,
      actions: cardActions(this.shell, on_compare),
    });
  }

  private showChips(session: SearchSession, objects: readonly FoundObject[], active: number): void {
    showChips(this.chips, objects, active, (index) => session.pick(index));
    this.chips.setAttribute("aria-busy", String(objects.some(({ searched }) => !searched)));
  }

  private showSide(is_shown: boolean): void {
    this.side.hidden = !is_shown;
    this.side.parentElement?.classList.toggle("has-no-photo", !is_shown);
  }

  private setDrawing(is_on: boolean, by_keys = false): void {
    this.draw.setAttribute("aria-pressed", String(is_on));
    this.hint.classList.toggle("is-drawing", is_on);
    this.hint.textContent = t(is_on ? "photo.corners" : "photo.hint");
    this.stage.setDrawing(is_on, by_keys);
  }
}

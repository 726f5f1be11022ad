import { ApiError, UnreachableError } from "../api/client";
import { forgetSaved, renewSaved, savedProducts } from "../features/saved/saved_products";
import { loadItems } from "../features/saved/shared_items";
import { notice } from "../features/results/results";
import { addressOf } from "../navigation";
import { element } from "../shared/dom";
import { describeError, isAbort } from "../shared/errors";
import { icon } from "../shared/icons";
import { t } from "../shared/locale";
import { shareLink } from "../shared/share";
import { cardActions, type Shell, type Step } from "./shell";

/** Products by themselves: those that the shopper has saved, or that somebody has shared. */
export class ListView {
  private request: AbortController | null = null;

  constructor(private readonly shell: Shell) {}

  /** As they were saved, at once; then as they are now, in the reader's language and currency, where the server answers. */
  async showSaved(step: Step): Promise<void> {
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    this.listSaved(0);
    try {
      const { products, gone } = await loadItems(savedProducts().map(({ id }) => id), request.signal);
      if (this.shell.step() !== step || request.signal.aborted) return;
      renewSaved(products);
      this.listSaved(gone);
    } catch (error) {
      if (isAbort(error) || error instanceof UnreachableError || error instanceof ApiError) return; // they stay as they were
      throw error;
    }
  }

  private listSaved(gone: number): void {
    const products = savedProducts();
    const ids = products.map(({ id }) => id);
    const on_share = (): void => shareItems(ids);
    const clear = element("button", { type: "button", class: "button small" }, icon("trash"), t("action.clear_all"));
    clear.addEventListener("click", () => {
      this.request?.abort();
      forgetSaved();
      this.listSaved(0);
    });
    const start = { words: t("nav.new_photo"), on_click: () => this.shell.go({ name: "start" }) };
    this.shell.results.show({
      title: t("saved.title"),
      products,
      match: null,
      bar: products.length === 0 ? null : listBar(gone === 0 ? t("start.device_only") : t("items.gone", { count: gone }), clear),
      nothing: [notice(t("saved.nothing"), t("saved.nothing_text"), start)],
      more: null,
      on_share,
      actions: cardActions(this.shell, null),
    });
  }

  async showItems(step: Step, ids: readonly string[]): Promise<void> {
    this.request?.abort();
    const request = new AbortController();
    this.request = request;
    const { results } = this.shell;
    results.showSearching(null);
    try {
      const { products, gone } = await loadItems(ids, request.signal);
      if (this.shell.step() !== step) return;
      results.show({
        title: t("items.title"),
        products,
        match: null,
        bar: products.length === 0 || gone === 0 ? null : listBar(t("items.gone", { count: gone })),
        nothing: [notice(t("items.title"), t("items.gone", { count: gone }))],
        more: null,
        on_share: () => shareItems(ids),
        actions: cardActions(this.shell, null),
      });
    } catch (error) {
      if (isAbort(error) || this.shell.step() !== step) return;
      results.showTrouble(describeError(error), () => void this.showItems(step, ids), () => this.shell.go({ name: "start" }));
    }
  }
}

function shareItems(ids: readonly string[]): void {
  void shareLink(addressOf({ name: "items", ids }));
}

function listBar(note: string, ...buttons: HTMLElement[]): HTMLElement {
  return element("div", { class: "list-bar" }, element("p", { class: "results-note" }, note), ...buttons);
}

import { showToast } from "./dialog";
import { t } from "./locale";

/** Gives the address to the phone's share sheet, or where there is none to the clipboard. */
export async function shareLink(address: string): Promise<void> {
  const url = new URL(address, location.href).href;
  const is_touch = window.matchMedia("(pointer: coarse)").matches; // on a desktop the sheet is more work than a paste
  try {
    if (is_touch && typeof navigator.share === "function") return await navigator.share({ title: t("share.title"), url });
    await navigator.clipboard.writeText(url);
    showToast(t("share.copied"));
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return; // the shopper thought better of it
    showToast(url); // nothing else is allowed here: at least it can be read
  }
}

import { element } from "./dom";

/**
 * Opens an empty dialog over the page; it goes when it is closed, by Escape, by the phone's back gesture, or by a press
 * beside it. The focus goes back to where it was.
 */
export function openDialog(options: { class: string; label: string }): HTMLDialogElement {
  const dialog = element("dialog", { class: options.class, "aria-label": options.label });
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside its content
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** A short word at the foot of the page, read aloud too; the next one takes its place. */
export function showToast(words: string): void {
  document.querySelector(".toast")?.remove();
  const toast = element("p", { class: "toast", role: "status" });
  document.body.append(toast);
  toast.textContent = words; // after it is in the page, so that it is read
  toast.addEventListener("animationend", ({ animationName }) => {
    if (animationName === "toast-out") toast.remove();
  });
}

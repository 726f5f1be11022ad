import { byId } from "../../shared/dom";
import { hasCamera, openCamera } from "./camera";

/** Hears of every photo that the shopper chooses, takes, drops or pastes. */
export function watchCapture(on_photo: (photo: Blob) => void): void {
  const start = byId("start", HTMLElement);
  watchInput(byId("choose", HTMLButtonElement), byId("file", HTMLInputElement), on_photo);
  watchInput(null, byId("camera", HTMLInputElement), on_photo);
  byId("take", HTMLButtonElement).addEventListener("click", () => {
    if (hasCamera()) openCamera(on_photo, () => byId("file", HTMLInputElement).click());
    else byId("camera", HTMLInputElement).click(); // the phone's own camera program
  });
  byId("drop", HTMLElement).addEventListener("click", (event) => {
    // The whole field opens the file dialog, except its buttons, which do what they say.
    if (event.target instanceof Element && event.target.closest("button") === null && !start.hidden)
      byId("file", HTMLInputElement).click();
  });
  watchDrop(byId("drop-veil", HTMLElement), on_photo);
  document.addEventListener("paste", (event) => {
    const is_typing = event.target instanceof HTMLInputElement;
    const photo = event.clipboardData?.files[0];
    if (photo !== undefined && !is_typing) on_photo(photo);
  });
}

function watchInput(
  button: HTMLButtonElement | null,
  input: HTMLInputElement,
  on_photo: (photo: Blob) => void,
): void {
  button?.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const photo = input.files?.[0];
    input.value = ""; // so that the same photo can be chosen again
    if (photo !== undefined) on_photo(photo);
  });
}

function watchDrop(veil: HTMLElement, on_photo: (photo: Blob) => void): void {
  const hasFiles = (event: DragEvent): boolean =>
    event.dataTransfer?.types.includes("Files") ?? false;
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) veil.hidden = true; // left the window
  });
  document.addEventListener("drop", (event) => {
    veil.hidden = true;
    if (!hasFiles(event)) return;
    event.preventDefault();
    const photo = event.dataTransfer?.files[0];
    if (photo !== undefined) on_photo(photo);
  });
}

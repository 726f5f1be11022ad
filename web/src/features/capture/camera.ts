import { openDialog } from "../../shared/dialog";
import { element } from "../../shared/dom";
import { icon } from "../../shared/icons";
import { t } from "../../shared/locale";

const kPhotoQuality = 0.92;

// What phones' cameras tell beyond the standard library's types.
interface CameraAbilities extends MediaTrackCapabilities {
  readonly torch?: boolean;
  readonly zoom?: { readonly min: number; readonly max: number; readonly step: number };
}
interface CameraWish extends MediaTrackConstraintSet {
  readonly torch?: boolean;
  readonly zoom?: number;
}

/** Whether this browser can show a live picture: not without HTTPS. */
export function hasCamera(): boolean {
  return typeof navigator.mediaDevices?.getUserMedia === "function";
}

/**
 * Shows what the rear camera sees, with a shutter, and light and zoom where the camera has them. `on_file` is pressed
 * instead where the camera cannot be used.
 */
export function openCamera(on_photo: (photo: Blob) => void, on_file: () => void): void {
  const dialog = openDialog({ class: "camera", label: t("camera.title") });
  const video = element("video", { playsinline: true, autoplay: true, muted: true, "aria-label": t("camera.title") });
  video.muted = true; // the attribute alone is not enough where it is made by a script
  const shutter = element("button", { type: "button", class: "shutter", "aria-label": t("camera.shutter"), disabled: true });
  const close = element("button", { type: "button", class: "icon-button camera-close", "aria-label": t("action.close") }, icon("close"));
  const tools = element("div", { class: "camera-tools" });
  const note = element("p", { class: "camera-note", role: "status" }, t("camera.starting"));
  dialog.append(video, note, close, element("div", { class: "camera-bar" }, tools, shutter));
  let stream: MediaStream | null = null;
  let is_open = true;
  const stop = (): void => {
    is_open = false;
    for (const track of stream?.getTracks() ?? []) track.stop();
  };
  dialog.addEventListener("close", stop);
  close.addEventListener("click", () => dialog.close());
  shutter.addEventListener("click", () => {
    shutter.disabled = true;
    void pictureOf(video).then((photo) => {
      dialog.close();
      if (photo !== null) on_photo(photo);
    });
  });
  video.addEventListener("playing", () => {
    note.hidden = true;
    shutter.disabled = false;
    shutter.focus();
  });
  void start().then((found) => {
    if (found === null) return showBlocked(dialog, on_file);
    stream = found;
    if (!is_open) return stop(); // closed while the shopper was asked
    video.srcObject = found;
    const [track] = found.getVideoTracks();
    if (track !== undefined) tools.append(...cameraTools(track));
  });
}

/** Null if there is none, or the shopper does not allow it. */
async function start(): Promise<MediaStream | null> {
  const video = { facingMode: { ideal: "environment" }, width: { ideal: 1920 }, height: { ideal: 1440 } };
  try {
    return await navigator.mediaDevices.getUserMedia({ video, audio: false });
  } catch (error) {
    if (error instanceof DOMException || error instanceof TypeError) return null;
    throw error;
  }
}

function showBlocked(dialog: HTMLDialogElement, on_file: () => void): void {
  if (!dialog.open) return;
  const choose = element("button", { type: "button", class: "button primary" }, t("start.choose"));
  const close = element("button", { type: "button", class: "button" }, t("action.close"));
  choose.addEventListener("click", () => {
    dialog.close();
    on_file();
  });
  close.addEventListener("click", () => dialog.close());
  dialog.className = "matches";
  const words = [element("h2", {}, t("camera.blocked")), element("p", {}, t("camera.blocked_text"))];
  dialog.replaceChildren(element("div", { role: "alert" }, ...words), element("div", { class: "matches-foot" }, choose, close));
  choose.focus();
}

function cameraTools(track: MediaStreamTrack): HTMLElement[] {
  const abilities = (track.getCapabilities?.() ?? {}) as CameraAbilities;
  const apply = (wish: CameraWish): Promise<void> => track.applyConstraints({ advanced: [wish] }).catch(() => undefined);
  const tools: HTMLElement[] = [];
  const { zoom } = abilities;
  if (zoom !== undefined && zoom.max > zoom.min) {
    const slider = element("input", {
      type: "range", min: String(zoom.min), max: String(zoom.max), step: String(zoom.step || 0.1), "aria-label": t("camera.zoom"),
    });
    slider.value = String((track.getSettings() as { zoom?: number }).zoom ?? zoom.min);
    slider.addEventListener("input", () => void apply({ zoom: Number(slider.value) }));
    tools.push(slider);
  }
  if (abilities.torch === true) {
    const torch = element("button", { type: "button", class: "icon-button", "aria-label": t("camera.torch"), "aria-pressed": "false" }, icon("torch"));
    torch.addEventListener("click", () => {
      const is_on = torch.getAttribute("aria-pressed") !== "true";
      torch.setAttribute("aria-pressed", String(is_on));
      void apply({ torch: is_on });
    });
    tools.push(torch);
  }
  return tools;
}

/** The picture that is shown now. */
function pictureOf(video: HTMLVideoElement): Promise<Blob | null> {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const context = canvas.getContext("2d");
  if (context === null || canvas.width === 0) return Promise.resolve(null);
  context.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", kPhotoQuality));
}

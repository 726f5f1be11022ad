// Boxes before the server has answered: the server's own detector in a worker, where the shopper wants it and the device is quick enough.
import { detectorCard } from "../../api/client";
import { byId } from "../../shared/dom";
import { t } from "../../shared/locale";
import { readStore, writeStore } from "../../shared/store";
import type { DetectDone, DetectTask } from "../../worker/detect_worker";
import { canRun, type FoundThing } from "../../worker/yolo";

declare const DETECTOR_RUNTIME: string; // empty: the page was built without it (CMakeLists.txt)

const kWorkerFile = "/detect_worker.js";
const kStored = "snapshelf-device-boxes";
const kCoresMin = 4;
const kMemoryMinGb = 4;
// Slower than this the server's answer is there first.
const kMillisecondsMax = 250;
const kCardTimeoutMs = 10_000;

/** What was found in a photo; boxes are in its pixels. */
export interface DeviceFinding {
  readonly things: readonly FoundThing[];
  readonly width: number;
  readonly height: number;
}

type Done = Omit<DetectDone, "id">;
type Task = DetectTask extends infer Each ? (Each extends DetectTask ? Omit<Each, "id"> : never) : never;

let worker: Worker | null = null;
let is_ready = false;
let last_id = 0;

/** Shows the switch where the server gives its detector and this device may be quick enough. */
export function offerDeviceBoxes(is_given: boolean): void {
  const field = byId("device-boxes", HTMLLabelElement);
  const choice = byId("device-boxes-switch", HTMLInputElement);
  field.hidden = !is_given || !isLikelyQuick();
  if (field.hidden || choice.dataset["offered"] === "true") return;
  choice.dataset["offered"] = "true";
  choice.addEventListener("change", () => void (choice.checked ? turnOn(choice) : turnOff()));
  choice.checked = readStore(kStored) === "on";
  if (choice.checked) void turnOn(choice);
}

/** The things in a photo; null if that is off, or could not be told. */
export async function thingsOnDevice(photo: Blob): Promise<DeviceFinding | null> {
  if (!is_ready) return null;
  const { things, width, height } = await ask({ photo });
  return things === undefined || width === undefined || height === undefined ? null : { things, width, height };
}

function isLikelyQuick(): boolean {
  const { deviceMemory = kMemoryMinGb, connection, hardwareConcurrency } = navigator as Navigator & {
    deviceMemory?: number;
    connection?: { saveData?: boolean };
  };
  const can_run = DETECTOR_RUNTIME !== "" && typeof WebAssembly !== "undefined" && typeof OffscreenCanvas !== "undefined";
  return can_run && hardwareConcurrency >= kCoresMin && deviceMemory >= kMemoryMinGb && connection?.saveData !== true;
}

async function turnOn(choice: HTMLInputElement): Promise<void> {
  showNote("device.loading");
  const milliseconds = await load();
  if (!choice.checked) return turnOff(); // changed while it was loading
  is_ready = milliseconds !== null && milliseconds <= kMillisecondsMax;
  if (is_ready) {
    writeStore(kStored, "on");
    return showNote("device.ready");
  }
  choice.checked = false;
  turnOff();
  showNote(milliseconds === null ? "device.failed" : "device.slow");
}

function turnOff(): void {
  worker?.terminate();
  worker = null;
  is_ready = false;
  writeStore(kStored, "off");
  showNote("device.text");
}

/** Milliseconds that a photo takes; null if the network could not be loaded. */
async function load(): Promise<number | null> {
  try {
    const card = await detectorCard(AbortSignal.timeout(kCardTimeoutMs));
    if (!canRun(card)) return null;
    worker ??= new Worker(kWorkerFile, { type: "module" });
    return (await ask({ card })).milliseconds ?? null;
  } catch {
    return null; // offline, or another server than the page's
  }
}

function ask(task: Task): Promise<Done> {
  const asked = worker;
  if (asked === null) return Promise.resolve({ error: "off" });
  const id = ++last_id;
  return new Promise((resolve) => {
    const finish = (done: Done): void => {
      asked.removeEventListener("message", hear);
      asked.removeEventListener("error", fail);
      resolve(done);
    };
    const hear = ({ data }: MessageEvent<DetectDone>): void => {
      if (data.id === id) finish(data);
    };
    const fail = (): void => finish({ error: "the worker could not be started" });
    asked.addEventListener("message", hear);
    asked.addEventListener("error", fail);
    asked.postMessage({ id, ...task } satisfies DetectTask);
  });
}

function showNote(message: "device.text" | "device.loading" | "device.ready" | "device.slow" | "device.failed"): void {
  const note = byId("device-boxes-note", HTMLElement);
  note.dataset["message"] = message;
  note.textContent = t(message);
}

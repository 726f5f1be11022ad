// Finds the things in photos on the device, with the server's own detector in WebAssembly.
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";
import type { DetectorCard } from "../api/client";
import { fitPhoto, thingsOf, type FoundThing, type Pixels } from "./yolo";

declare const DETECTOR_RUNTIME: string; // address of the WebAssembly file, set by CMakeLists.txt

export type DetectTask = { readonly id: number } & ({ readonly card: DetectorCard } | { readonly photo: Blob });
/** `things` of a photo, or the milliseconds that the network takes once it is loaded; `error`: why not. */
export interface DetectDone {
  readonly id: number;
  readonly things?: readonly FoundThing[];
  readonly width?: number;
  readonly height?: number;
  readonly milliseconds?: number;
  readonly error?: string;
}

const kTrials = 3;

let detector: { card: DetectorCard; session: InferenceSession } | null = null;

addEventListener("message", ({ data }: MessageEvent<DetectTask>) => {
  const work = "card" in data ? open(data.card) : find(data.photo);
  work
    .then((done) => postMessage({ id: data.id, ...done } satisfies DetectDone))
    .catch((error: unknown) => postMessage({ id: data.id, error: String(error) } satisfies DetectDone));
});

/** Loads the network, and tells how long a photo of noise takes it: the quickest of a few. */
async function open(card: DetectorCard): Promise<Omit<DetectDone, "id">> {
  env.wasm.numThreads = 1; // more need headers that keep shops from framing the page
  env.wasm.wasmPaths = { wasm: DETECTOR_RUNTIME };
  const answer = await fetch("/v1/detector/model");
  if (!answer.ok) throw new Error(`/v1/detector/model: ${answer.status}`);
  const session = await InferenceSession.create(await answer.arrayBuffer(), { executionProviders: ["wasm"] });
  detector = { card, session };
  const noise: Pixels = { ...card.input, data: new Uint8ClampedArray(4 * card.input.width * card.input.height).map((_, i) => (i * 97) % 251) };
  let milliseconds = Infinity;
  for (let trial = 0; trial < kTrials; ++trial) {
    const start = performance.now();
    await run(noise);
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  return { milliseconds };
}

async function find(photo: Blob): Promise<Omit<DetectDone, "id">> {
  const bitmap = await createImageBitmap(photo);
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new Error("this browser has no canvas in workers");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { things: await run(context.getImageData(0, 0, width, height)), width, height };
}

async function run(photo: Pixels): Promise<FoundThing[]> {
  if (detector === null) throw new Error("no network is loaded");
  const { card, session } = detector;
  const fitted = fitPhoto(photo, card);
  const input = card.input.name || session.inputNames[0] || "";
  const output = card.output.name || session.outputNames[0] || "";
  const answers = await session.run({ [input]: new Tensor("float32", fitted.values, [1, 3, card.input.height, card.input.width]) });
  const values = answers[output]?.data;
  if (!(values instanceof Float32Array)) throw new Error(`the network has no output ${output}`);
  return thingsOf(values, card, fitted, photo);
}

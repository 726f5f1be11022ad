// Shrinks photos beside the page, so that it stays smooth. What comes out is encoded anew: no EXIF, no place.
import { fitInside } from "../shared/geometry";
import { decodeHeif } from "./heif";

export interface PhotoTask {
  readonly id: number;
  readonly photo: Blob;
  readonly side_max: number;
  readonly quality: number;
}
export interface PhotoDone {
  readonly id: number;
  readonly photo: Blob | null; // null: this browser cannot read it
}

addEventListener("message", ({ data }: MessageEvent<PhotoTask>) => {
  const tell = (photo: Blob | null): void => postMessage({ id: data.id, photo } satisfies PhotoDone);
  shrink(data).then(tell, (error: unknown) => {
    console.warn(error); // the page tries it without the worker
    tell(null);
  });
});

/** Null if the browser does not know the format. */
async function decode(photo: Blob): Promise<ImageBitmap | null> {
  try {
    return await createImageBitmap(photo, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
}

async function shrink({ photo, side_max, quality }: PhotoTask): Promise<Blob | null> {
  const bitmap = (await decode(photo)) ?? (await decodeHeif(photo));
  if (bitmap === null) return null;
  try {
    const { width, height } = fitInside(bitmap, side_max);
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    if (context === null) return null;
    context.imageSmoothingQuality = "high";
    context.fillStyle = "#fff"; // as the server does with transparent pictures
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0, width, height);
    return await canvas.convertToBlob({ type: "image/jpeg", quality });
  } finally {
    bitmap.close();
  }
}

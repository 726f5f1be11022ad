import { fitInside } from "../src/shared/geometry";

const kSideMax = 1280; // twice what the models look at
const kJpegQuality = 0.9;

/**
 * The photo shrunk and encoded anew, so without EXIF and place; null if this browser cannot read it. On the page's own
 * thread: a worker would need an address of the host page's origin, or a policy that allows blob: workers.
 */
export async function shrinkPhoto(photo: Blob): Promise<Blob | null> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(photo, { imageOrientation: "from-image" });
  } catch {
    return null;
  }
  const { width, height } = fitInside(bitmap, kSideMax);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  if (context === null) return null;
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // as the server does with transparent pictures
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", kJpegQuality));
}

import { fitInside } from "../../shared/geometry";

// The models look at 640 pixels or fewer; twice that leaves enough for a small thing in the photo,
// and a phone's 12 megapixels shrink from 4 MB to 300 kB before they are sent.
const kSideMax = 1280;
const kJpegQuality = 0.9;
const kUnchangedBytesMax = 2 << 20;

/** A photo that is ready to be sent. */
export interface PreparedPhoto {
  readonly upload: Blob;
  /** Can be shown in an <img>; null if the browser cannot decode the format (HEIC, often). */
  readonly preview: Blob | null;
}

/** Shrinks a photo. One that this browser cannot decode is sent as it is: the server may know how. */
export async function preparePhoto(file: Blob): Promise<PreparedPhoto> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return { upload: file, preview: null };
  }
  try {
    const size = fitInside(bitmap, kSideMax);
    if (size.width === bitmap.width && file.size <= kUnchangedBytesMax)
      return { upload: file, preview: file };
    const small = await shrink(bitmap, size.width, size.height);
    return { upload: small, preview: small };
  } finally {
    bitmap.close();
  }
}

async function shrink(bitmap: ImageBitmap, width: number, height: number): Promise<Blob> {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This browser cannot shrink the photo.");
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff"; // as the server does with transparent pictures
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => {
        if (blob === null) reject(new Error("This browser cannot shrink the photo."));
        else resolve(blob);
      },
      "image/jpeg",
      kJpegQuality,
    );
  });
}

// The last photos, kept on this device alone (IndexedDB), shrunk and without EXIF as they were sent.
import type { PreparedPhoto } from "./prepare_photo";

const kDatabase = "snapshelf";
const kPhotos = "photos";
const kPhotosMax = 12;

export interface RecentPhoto {
  readonly id: number;
  readonly photo: Blob;
}

/** Keeps a photo in front of the others; null if this browser keeps nothing (a private window). */
export async function keepPhoto({ preview }: PreparedPhoto): Promise<number | null> {
  if (preview === null) return null;
  try {
    const store = await open("readwrite");
    const id = (await done(store.add({ photo: preview }))) as number;
    const ids = (await done(store.getAllKeys())) as number[];
    for (const old of ids.slice(0, -kPhotosMax)) store.delete(old);
    return id;
  } catch {
    return null;
  }
}

/** The newest first. */
export async function recentPhotos(): Promise<RecentPhoto[]> {
  try {
    const store = await open("readonly");
    return ((await done(store.getAll())) as RecentPhoto[]).reverse();
  } catch {
    return [];
  }
}

export async function recentPhoto(id: number): Promise<Blob | null> {
  try {
    const found = (await done((await open("readonly")).get(id))) as RecentPhoto | undefined;
    return found?.photo ?? null;
  } catch {
    return null;
  }
}

export async function forgetPhotos(): Promise<void> {
  try {
    await done((await open("readwrite")).clear());
  } catch {
    // nothing was kept
  }
}

async function open(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open(kDatabase, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(kPhotos, { keyPath: "id", autoIncrement: true });
  const database = await done(opening);
  const transaction = database.transaction(kPhotos, mode);
  transaction.addEventListener("complete", () => database.close());
  return transaction.objectStore(kPhotos);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error ?? new Error("storage failed")));
  });
}

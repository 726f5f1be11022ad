// What makes the page an app: it starts without a connection, can be installed, and takes photos that other apps share.
import { byId } from "../../shared/dom";

const kSharedPhotos = "snapshelf-shared"; // as in worker/service_worker.ts

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

/** Registers the service worker, and offers to install the page where the browser can. */
export function openAppShell(): void {
  if ("serviceWorker" in navigator) {
    void navigator.serviceWorker.register("/sw.js", { type: "module" }).catch(() => undefined);
    if (navigator.serviceWorker.controller === null)
      navigator.serviceWorker.addEventListener("controllerchange", keepLoadedAssets, { once: true });
  }
  const install = byId("install", HTMLButtonElement);
  let prompt: InstallPrompt | null = null;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    prompt = event as InstallPrompt;
    install.hidden = false;
  });
  addEventListener("appinstalled", () => (install.hidden = true));
  install.addEventListener("click", () => {
    install.hidden = true; // a prompt can be shown once
    void prompt?.prompt();
  });
  const offline = byId("offline", HTMLElement);
  const showConnection = (): void => {
    offline.hidden = navigator.onLine;
  };
  addEventListener("online", showConnection);
  addEventListener("offline", showConnection);
  showConnection();
}

/**
 * What a first visit loaded before there was a service worker to keep it, as the reader's language, is asked for once more:
 * the browser has it.
 */
function keepLoadedAssets(): void {
  const addresses = performance.getEntriesByType("resource").map(({ name }) => name);
  for (const address of addresses.filter((name) => new URL(name).pathname.startsWith("/assets/"))) void fetch(address).catch(() => undefined);
}

/** The photo that another app has shared to this one, once; null if there is none. */
export async function takeSharedPhoto(): Promise<Blob | null> {
  if (!("caches" in window)) return null;
  const cache = await caches.open(kSharedPhotos);
  const [request] = await cache.keys();
  if (request === undefined) return null;
  const found = await cache.match(request);
  await cache.delete(request);
  return (await found?.blob()) ?? null;
}

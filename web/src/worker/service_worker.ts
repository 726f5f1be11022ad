// Keeps the page's own files, so that it starts at once and without a connection, and takes photos that other apps share
// to it. Searches, products and pictures go to the server as ever.
declare const SHELL_FILES: readonly string[]; // set by tools/pack_shell.py
declare const SHELL_VERSION: string;

interface ShellEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface ShellFetch extends ShellEvent {
  readonly request: Request;
  respondWith(answer: Promise<Response> | Response): void;
}
interface ShellScope {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: "install" | "activate", listener: (event: ShellEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: ShellFetch) => void): void;
}
const scope = globalThis as unknown as ShellScope;

const kShell = `snapshelf-shell-${SHELL_VERSION}`;
const kSharedPhotos = "snapshelf-shared"; // as in features/pwa/app_shell.ts

scope.addEventListener("install", (event) => {
  event.waitUntil(caches.open(kShell).then((cache) => cache.addAll(SHELL_FILES.map((file) => new Request(file, { cache: "no-cache" })))).then(() => scope.skipWaiting()));
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldShells().then(() => scope.clients.claim()));
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== scope.location.origin) return;
  if (request.method === "POST" && url.pathname === "/share") event.respondWith(takeShared(request));
  else if (request.method === "GET" && request.mode === "navigate" && url.pathname === "/") event.respondWith(shellFile("/", request));
  else if (request.method === "GET" && SHELL_FILES.includes(url.pathname)) event.respondWith(shellFile(url.pathname, request));
  else if (request.method === "GET" && url.pathname.startsWith("/assets/")) event.respondWith(asset(request));
});

async function forgetOldShells(): Promise<void> {
  const old = (await caches.keys()).filter((name) => name.startsWith("snapshelf-shell-") && name !== kShell);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function shellFile(path: string, request: Request): Promise<Response> {
  return (await (await caches.open(kShell)).match(path)) ?? fetch(request);
}

/** Their names change with their content: what is kept is right. */
async function asset(request: Request): Promise<Response> {
  const cache = await caches.open(kShell);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

/** Lays the photo where the page looks for it, and opens the page. */
async function takeShared(request: Request): Promise<Response> {
  const photo = (await request.formData()).get("photo");
  if (photo instanceof File) {
    const cache = await caches.open(kSharedPhotos);
    await cache.put("/share/photo", new Response(photo, { headers: { "Content-Type": photo.type } }));
  }
  return Response.redirect("/?shared", 303);
}

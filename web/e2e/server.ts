// Starts the real program on a catalog of its own, and Debian's Chromium beside it.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { chromium, type Browser } from "playwright-core";

const kBuild = resolve(process.env["SNAPSHELF_BUILD"] ?? "../build/release");
const kProgram = join(kBuild, "bin/snapshelf");
export const kRoot = resolve("..");
/** Screenshots, to look at. */
export const kShots = join(kBuild, "web-screenshots");

const kReadyTimeoutMs = 60_000;
const kChromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream", // a green picture with a pie in it
];

export class Server {
  private constructor(
    readonly url: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  /** Imports the first `products` of the demo catalog, and serves them with further `options`. */
  static async start(products: number, ...options: string[]): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "snapshelf-web-"));
    const data = join(folder, "data");
    const models = ["--models", join(kRoot, "models")];
    const feed = writeCatalog(join(folder, "catalog"), products);
    const done = spawnSync(kProgram, ["import", feed, "--data", data, ...models], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(`import: ${done.error?.message ?? done.stderr}`);
    const port = String(await freePort());
    const child = spawn(kProgram, ["serve", "--data", data, "--port", port, ...models, ...options], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const server = new Server(`http://127.0.0.1:${port}/`, child, folder);
    await server.waitUntilReady();
    return server;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null) {
      const ended = new Promise((done) => this.process.once("exit", done));
      this.process.kill("SIGTERM");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async waitUntilReady(): Promise<void> {
    let log = "";
    this.process.stderr?.on("data", (text: Buffer) => (log += text.toString()));
    const end = Date.now() + kReadyTimeoutMs;
    while (Date.now() < end && this.process.exitCode === null) {
      try {
        if ((await fetch(`${this.url}readyz`)).ok) return;
      } catch {
        // not listening yet
      }
      await pause(50);
    }
    await this.stop();
    throw new Error(`serve did not become ready:\n${log}`);
  }
}

/** A feed of the first rows of the demo catalog, each on one line; its pictures lie beside it. */
function writeCatalog(folder: string, products: number): string {
  mkdirSync(folder);
  symlinkSync(join(kRoot, "demo/pictures"), join(folder, "pictures"));
  const lines = readFileSync(join(kRoot, "demo/catalog.csv"), "utf8").split("\n");
  const feed = join(folder, "catalog.csv");
  writeFileSync(feed, `${lines.slice(0, 1 + products).join("\n")}\n`);
  return feed;
}

/** The demo's photos, by name. */
export const kPhotos = readdirSync(join(kRoot, "demo/photos"))
  .filter((name) => name.endsWith(".jpg"))
  .sort()
  .map((name) => join(kRoot, "demo/photos", name));
/** One of several things. */
export const kPhoto = kPhotos[0] ?? "";

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: kChromiumArguments });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === "object") done(address.port);
        else fail(new Error("no port"));
      });
    });
  });
}

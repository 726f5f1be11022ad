// How long a first visit takes on a mid-range phone: Chromium at a quarter of this machine's speed, on a slow mobile network
// (1.6 Mbit/s down, 0.75 up, 150 ms a round trip; Lighthouse's "slow 4G"). Ready: the page has started and says how many products there are.
// Beside it the same without packed answers, as before, in turns.
//
//   (cd web && npm ci); node bench/web/first_visit.mjs > bench/results/first_visit.json
import { createRequire } from "node:module";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { chromium } = createRequire(join(root, "web/package.json"))("playwright-core");
const program = join(root, "build/release/bin/snapshelf");
const kVisits = 7;
const kNetwork = { offline: false, latency: 150, downloadThroughput: (1.6e6 / 8) * 0.9, uploadThroughput: (0.75e6 / 8) * 0.9 };

const folder = mkdtempSync(join(tmpdir(), "snapshelf-visit-"));
const port = 18000 + (process.pid % 1000);
spawnSync(program, ["import", join(root, "demo/catalog.csv"), "--data", join(folder, "data")], { stdio: "ignore" });
const server = spawn(program, ["serve", "--data", join(folder, "data"), "--port", String(port)], { stdio: "ignore" });
const url = `http://127.0.0.1:${port}/`;
while (!(await fetch(`${url}readyz`).then((answer) => answer.ok, () => false))) await new Promise((done) => setTimeout(done, 100));

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

async function visit(packed) {
  const context = await browser.newContext({
    viewport: { width: 360, height: 760 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true,
    ...(packed ? {} : { extraHTTPHeaders: { "Accept-Encoding": "identity" } }),
  });
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.emulateNetworkConditions", kNetwork);
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  const start = performance.now();
  await page.goto(url, { waitUntil: "commit" });
  await page.getByText(/160 products/).waitFor();
  const ready_ms = performance.now() - start;
  await page.waitForLoadState("networkidle");
  const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  await context.close();
  return { ready_ms, paint, bytes };
}

const middle = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const rows = { packed: [], unpacked: [] };
for (let i = 0; i < kVisits; i++) for (const kind of ["packed", "unpacked"]) rows[kind].push(await visit(kind === "packed"));
const summary = Object.fromEntries(
  Object.entries(rows).map(([kind, some]) => [kind, {
    ready_ms: Math.round(middle(some.map((one) => one.ready_ms))),
    first_contentful_paint_ms: Math.round(middle(some.map((one) => one.paint))),
    bytes: middle(some.map((one) => one.bytes)),
  }]),
);
console.log(JSON.stringify({ visits: kVisits, network: kNetwork, cpu_slowdown: 4, ...summary }, null, 1));
await browser.close();
server.kill("SIGTERM");
rmSync(folder, { recursive: true, force: true });

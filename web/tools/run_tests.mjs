// Runs the tests of logic (*.test.ts) in Vitest, then the journeys in Chromium (e2e/*.spec.ts), which esbuild bundles, in
// Node's own test runner. Arguments: parts of file names to run only those.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("..", import.meta.url));
const build = process.env.SNAPSHELF_BUILD ?? join(web, "../build/release");
// Inside, so that packages are found; one for each run, as two may share node_modules.
const out = join(web, "node_modules/.snapshelf-web-tests", String(process.pid));
const wanted = process.argv.slice(2);

const sources = readdirSync(join(web, "e2e"))
  .filter((file) => file.endsWith(".spec.ts"))
  .map((file) => join("e2e", file))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));

const messages = join(out, "element-catalog.json");
mkdirSync(out, { recursive: true });
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, {
    cwd: web,
    stdio: "inherit",
    env: { ...process.env, SNAPSHELF_BUILD: build, SNAPSHELF_ELEMENT_CATALOG: messages },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};
run("python3", ["tools/pack_element.py", "--catalog", messages]);
run(process.execPath, [join(web, "node_modules/vitest/vitest.mjs"), "run", ...wanted]);
if (sources.length === 0) process.exit(0);
run(process.env.ESBUILD ?? "esbuild", [
  ...sources, "--bundle", "--platform=node", "--format=esm", "--packages=external", "--sourcemap=inline",
  "--log-level=warning", `--alias:element-catalog=${messages}`, "--outbase=.", `--outdir=${out}`, "--out-extension:.js=.mjs",
]);
const bundles = sources.map((file) => join(out, file.replace(/\.ts$/, ".mjs")));
run(process.execPath, ["--enable-source-maps", "--test", ...bundles]);

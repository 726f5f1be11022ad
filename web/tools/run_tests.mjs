// Bundles every *.test.ts (pure functions, run in Node) and e2e/*.spec.ts (journeys in Chromium)
// with esbuild, and runs them with Node's own test runner. Arguments: parts of file names to run
// only those.
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const web = fileURLToPath(new URL("..", import.meta.url));
const build = process.env.SNAPSHELF_BUILD ?? join(web, "../build/release");
// Inside, so that packages are found; one for each run, as two may share node_modules.
const out = join(web, "node_modules/.snapshelf-web-tests", String(process.pid));
const wanted = process.argv.slice(2);

const sources = ["src", "element", "e2e"]
  .flatMap((folder) => readdirSync(join(web, folder), { recursive: true }).map((file) => join(folder, file)))
  .filter((file) => /\.(test|spec)\.ts$/.test(file))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));

mkdirSync(out, { recursive: true });
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, {
    cwd: web,
    stdio: "inherit",
    env: { ...process.env, SNAPSHELF_BUILD: build },
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
};
const messages = join(out, "element-catalog.json");
run("python3", ["tools/pack_element.py", "--catalog", messages]);
run(process.env.ESBUILD ?? "esbuild", [
  ...sources, "--bundle", "--platform=node", "--format=esm", "--packages=external", "--sourcemap=inline",
  "--log-level=warning", `--alias:element-catalog=${messages}`, "--outbase=.", `--outdir=${out}`, "--out-extension:.js=.mjs",
]);
const bundles = sources.map((file) => join(out, file.replace(/\.ts$/, ".mjs")));
run(process.execPath, ["--enable-source-maps", "--test", ...bundles]);

// Serves an example of examples/element as a shop would: on an origin of its own, under a strict policy.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server as HttpServer } from "node:http";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { kRoot } from "./server";

export type Example = "plain" | "react" | "vue";
export const kExamples: readonly Example[] = ["plain", "react", "vue"];

const kFolder = join(kRoot, "examples/element");
/** Where the examples look for Snapshelf. */
const kWrittenAddress = "http://localhost:8080/";
const kEntries: Readonly<Record<Example, string>> = { plain: "plain/app.js", react: "react/app.jsx", vue: "vue/app.js" };
const kTypes: Readonly<Record<string, string>> = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript" };

export class ElementSite {
  private readonly files = new Map<string, string>();
  private readonly http: HttpServer;
  /** Of Snapshelf, "/" at its end; set when it runs, as it must know this site's origin to start. */
  snapshelf = kWrittenAddress;

  private constructor() {
    this.http = createServer((request, response) => {
      const path = (request.url ?? "/").replace(/\/$/, "/index.html");
      const text = this.files.get(path);
      if (text === undefined) return void response.writeHead(404).end();
      const type = kTypes[path.split(".").pop() ?? ""] ?? "text/plain";
      response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": this.policy });
      response.end(text.replaceAll(kWrittenAddress, this.snapshelf));
    });
  }

  /** Bundles the examples; `origin` is then allowed to be asked for. */
  static async start(): Promise<ElementSite> {
    const site = new ElementSite();
    const out = mkdtempSync(join(tmpdir(), "snapshelf-examples-"));
    for (const example of kExamples) {
      site.files.set(`/${example}/index.html`, readFileSync(join(kFolder, example, "index.html"), "utf8"));
      site.files.set(`/${example}/shop.css`, readFileSync(join(kFolder, "shop.css"), "utf8"));
      site.files.set(`/${example}/app.js`, bundle(kEntries[example], join(out, `${example}.js`)));
    }
    rmSync(out, { recursive: true });
    await new Promise<void>((done) => site.http.listen(0, "127.0.0.1", done));
    return site;
  }

  get origin(): string {
    const address = this.http.address();
    if (address === null || typeof address === "string") throw new Error("not started");
    return `http://127.0.0.1:${address.port}`;
  }

  stop(): void {
    this.http.close();
    this.http.closeAllConnections();
  }

  /** What docs/element.md says that a page must allow, and nothing else. */
  private get policy(): string {
    const snapshelf = this.snapshelf.replace(/\/$/, "");
    return (
      `default-src 'none'; script-src 'self' ${snapshelf}; style-src 'self'; connect-src ${snapshelf}; ` +
      `img-src ${snapshelf} blob:; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'`
    );
  }
}

function bundle(entry: string, file: string): string {
  const { status, stderr } = spawnSync(
    process.env["ESBUILD"] ?? "esbuild",
    [join(kFolder, entry), "--bundle", "--format=esm", "--jsx=automatic", `--define:process.env.NODE_ENV="production"`,
      "--define:__VUE_OPTIONS_API__=false", "--define:__VUE_PROD_DEVTOOLS__=false",
      "--define:__VUE_PROD_HYDRATION_MISMATCH_DETAILS__=false", "--log-level=warning", `--outfile=${file}`],
    { encoding: "utf8", env: { ...process.env, NODE_PATH: resolve("node_modules") } },
  );
  if (status !== 0) throw new Error(`esbuild ${entry}: ${stderr}`);
  return readFileSync(file, "utf8");
}

// Tests of logic: pure functions, in Node.
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "element-catalog": process.env.SNAPSHELF_ELEMENT_CATALOG } },
  test: { include: ["src/**/*.test.ts", "element/**/*.test.ts"], cache: false, watch: false, passWithNoTests: true },
});

// Says in the first line of the generated API types that they are generated.
import { readFileSync, writeFileSync } from "node:fs";

const path = new URL("../src/api/schema.ts", import.meta.url);
const notice = "// Generated from api/openapi.yaml by `npm run generate`; not edited by hand.\n";
writeFileSync(path, notice + readFileSync(path, "utf8"));

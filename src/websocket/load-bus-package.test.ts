/** Packages that are not installed are named, with the command that installs them. */

import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { test } from "node:test";
import { loadIoredis, loadPg } from "./load-bus-package.ts";

registerHooks({
  resolve: (specifier, context, next) => {
    if (specifier === "pg" || specifier === "ioredis") throw new Error("not installed");
    return next(specifier, context);
  },
});

test("says which package is missing", async () => {
  const code = "APUS_MISSING_PACKAGE";
  await assert.rejects(loadPg("postgresBus()"), { code, message: /^postgresBus\(\) needs .+ npm install pg@8\./ });
  await assert.rejects(loadIoredis("redisBus()"), {
    code,
    message: /^redisBus\(\) needs .+ npm install ioredis@6\./,
  });
});

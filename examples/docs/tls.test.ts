/** HTTPS as the page shows it. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { get } from "node:https";
import { test } from "node:test";
import { serveTls } from "./tls.ts";

const folder = new URL("../../test/journey/certificates/", import.meta.url);

test("the app is served over TLS", async () => {
  await using server = await serveTls(folder, 0);
  const ca = readFileSync(new URL("localhost-cert.pem", folder));
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(`${server.url}/scheme`, { ca }, (answer) => {
    answer.setEncoding("utf8").on("data", resolve).on("error", reject);
  }).on("error", reject);
  assert.equal(await promise, '"https"');
});

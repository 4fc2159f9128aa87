/** docs/schemas.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { App } from "apus";
import { testClient } from "apus/testing";
import { app } from "./schemas.ts";

const headers = { "content-type": "application/json" };

describe("docs/schemas.md", () => {
  for (const vendor of ["zod", "valibot", "arktype", "typebox"]) {
    test(`${vendor}: coerces, validates, strips and hides what was sent`, async () => {
      await using client = await testClient(app);
      const send = (query: string, body: unknown): Promise<Response> =>
        client.fetch(`/${vendor}?${query}`, { method: "POST", headers, body: JSON.stringify(body) });
      const good = await send("dry=yes", { name: "Ada", age: 3, secret: "x" });
      assert.deepEqual(await good.json(), { name: "Ada", age: 3 });
      const bad = await send("dry=perhaps", { name: "", age: "tomorrow" });
      assert.equal(bad.status, 422);
      const body = await bad.text();
      const { errors } = JSON.parse(body) as { errors: readonly { in: string; pointer: string }[] };
      assert.deepEqual(errors.map((issue) => `${issue.in}${issue.pointer}`).toSorted(), [
        "body/age",
        "body/name",
        "query/dry",
      ]);
      assert.equal(/perhaps|tomorrow/.test(body), false);
    });
  }

  test("anything else with Standard Schema validates; to be a response it needs a JSON Schema", async () => {
    const own = { "~standard": { version: 1, vendor: "own", validate: (value: unknown) => ({ value }) } } as const;
    const plain = new App({ log: false });
    plain.post("/", { body: own }, ({ body }) => ({ got: body }));
    await plain.start();
    await plain.stop();
    const answering = new App({ log: false });
    answering.get("/", { response: own }, () => 1);
    await assert.rejects(answering.start(), { code: "APUS_UNDESCRIBABLE_SCHEMA" });
  });
});

/** docs/outputs.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import type * as api from "./outputs.ts";
import { app } from "./outputs.ts";

async function read(path: string, init: RequestInit = {}): Promise<Response> {
  return app.fetch(new Request(`http://localhost${path}`, init));
}

describe("docs/outputs.md", () => {
  test("response strips what it does not declare", async () => {
    const answer = await read("/users/1");
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.deepEqual(await answer.json(), { id: 1, name: "Ada", joined: "2026-01-02T00:00:00.000Z" });
  });

  test("a value that does not fit is a 500 that says nothing", async () => {
    const answer = await read("/wrong");
    assert.equal(answer.status, 500);
    assert.deepEqual(await answer.json(), { type: "about:blank", title: "Internal Server Error", status: 500 });
  });

  test("statuses are declared or chosen", async () => {
    await using client = await testClient<typeof api>(app);
    assert.equal((await client.post("/imports", { body: { rows: 1 } })).name, "Ada");
    const headers = { "content-type": "application/json" };
    const large = await client.fetch("/imports", { method: "POST", body: '{"rows":2000}', headers });
    assert.deepEqual([large.status, large.headers.get("location"), await large.json()], [202, "/jobs/1", { job: 1 }]);
    const created = await client.fetch("/users", { method: "POST" });
    assert.deepEqual([created.status, created.headers.get("location")], [201, "/users/1"]);
    assert.equal((await client.fetch("/users/1", { method: "PUT" })).status, 200);
    assert.equal((await client.fetch("/users/2", { method: "PUT" })).status, 201);
  });

  test("kinds", async () => {
    assert.equal((await read("/robots.txt")).headers.get("content-type"), "text/plain; charset=utf-8");
    assert.equal((await read("/")).headers.get("content-type"), "text/html; charset=utf-8");
    const moved = await read("/old");
    assert.deepEqual([moved.status, moved.headers.get("location")], [308, "/new"]);
    assert.equal((await read("/users/1", { method: "DELETE" })).status, 204);
    assert.equal(await (await read("/raw")).text(), "a,b\n1,2\n");
  });

  test("cookies are safe by default", async () => {
    const set = (await read("/session", { method: "POST" })).headers.getSetCookie();
    assert.deepEqual(set, ["session=abc%20123; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Strict"]);
    const deleted = await read("/session", { method: "DELETE" });
    assert.equal(deleted.status, 204);
    assert.deepEqual(deleted.headers.getSetCookie(), ["session=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Lax"]);
  });

  test("what would be an attack is a 500", async () => {
    assert.equal((await read("/injected")).status, 500);
    assert.equal((await read("/away")).status, 500);
  });
});

const encoded: readonly (readonly [name: string, body: string])[] = [
  ["date", '{"at":"1970-01-01T00:00:00.000Z"}'],
  ["bigint", '{"big":"18446744073709551616"}'],
  ["missing", '{"a":1}'],
  ["null", "null"],
  ["text", '"text"'],
  ["nan", "[null]"],
  ["row", '{"a":1}'],
  ["url", '{"at":"http://localhost/x"}'],
];

describe("docs/outputs.md: JSON", () => {
  for (const [name, body] of encoded) {
    test(name, async () => assert.equal(await (await read(`/values/${name}`)).text(), body));
  }

  for (const name of ["map", "set", "generator", "function", "cycle"]) {
    test(`${name} → 500`, async () => assert.equal((await read(`/values/${name}`)).status, 500));
  }
});

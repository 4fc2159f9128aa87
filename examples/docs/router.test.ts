/** docs/router.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app, members, readMember, readTeam } from "./router.ts";

describe("docs/router.md", () => {
  test("prefixes add up, and tags too", async () => {
    await using client = await testClient(app);
    assert.deepEqual(await (await client.fetch("/v1/teams/red/members/ada")).json(), { name: "ada" });
    assert.deepEqual(await (await client.fetch("/v1/teams/red")).json(), { team: "red" });
    assert.equal(app.urlFor(readTeam, { team: "red" }), "/v1/teams/red");
    assert.equal(readMember.path, "/members/{name}");
    const { paths } = await app.openapi();
    assert.deepEqual(paths["/v1/teams/{team}/members/{name}"]?.get?.tags, ["teams", "members"]);
  });

  test("a module may be included twice", async () => {
    await using client = await testClient(app);
    assert.equal((await client.fetch("/notes")).status, 200);
    assert.equal((await client.fetch("/old/notes")).status, 200);
    const { paths } = await app.openapi();
    assert.equal(paths["/notes"]?.get?.operationId, "listNotes");
    assert.equal(paths["/notes"]?.get?.deprecated, undefined);
    assert.equal(paths["/old/notes"]?.get?.deprecated, true);
  });

  test("an error handler answers for its router", async () => {
    await using client = await testClient(app);
    const inside = await client.fetch("/uploads", { method: "POST" });
    assert.equal(inside.status, 429);
    assert.deepEqual(await inside.json(), { title: "Quota", status: 429, limit: 10 });
    const outside = await client.fetch("/broken");
    assert.equal(outside.status, 500);
    assert.equal(outside.headers.get("content-type"), "application/problem+json");
  });

  test("a slash at the end is another path", async () => {
    await using client = await testClient(app);
    assert.equal((await client.fetch("/notes/")).status, 404);
  });

  test("is frozen when an app has started", () => {
    assert.throws(() => members.get("/late", () => 1), { code: "APUS_FROZEN" });
  });
});

/** Conditional requests through an app: who has the answer gets 304, who has an old one does not overwrite. */

import assert from "node:assert/strict";
import { App, fail } from "apus";
import { checkPrecondition, conditional } from "apus/middleware/conditional";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";

function buildNotes(): App {
  const app = new App({ log: false });
  const notes = new Map<number, { version: number; text: string }>();
  app.use(conditional());
  app.get("/list", () => [...notes.keys()]);
  app.get("/notes/{id:int}", ({ path, response }) => {
    const note = notes.get(path.id) ?? fail(404, "No such note.");
    response.setHeader("etag", `"v${note.version}"`);
    return note;
  });
  app.put("/notes/{id:int}", { body: z.object({ text: z.string() }) }, ({ path, body, request, response }) => {
    const note = notes.get(path.id);
    checkPrecondition(request, note === undefined ? {} : { etag: `"v${note.version}"`, required: true });
    const next = { version: (note?.version ?? 0) + 1, text: body.text };
    notes.set(path.id, next);
    response.setHeader("etag", `"v${next.version}"`);
    return next;
  });
  return app;
}

const put = (text: string, headers = {}): RequestInit => ({
  method: "PUT",
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify({ text }),
});

onEveryEdge("a tag comes by itself, GET and HEAD alike, and 304 has no content", buildNotes, async (client) => {
  const first = await client.fetch("/list");
  const etag = first.headers.get("etag") ?? assert.fail("no tag");
  assert.equal(await first.text(), "[]");
  const head = await client.fetch("/list", { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("etag")], [200, etag]);
  for (const method of ["GET", "HEAD"]) {
    const known = await client.fetch("/list", { method, headers: { "if-none-match": `"other", W/${etag}` } });
    assert.deepEqual([known.status, await known.text()], [304, ""]);
    assert.equal(known.headers.get("content-type"), null);
    assert.ok(known.headers.get("x-request-id"));
  }
  const again = await client.fetch("/list", { headers: { "if-none-match": '"other"' } });
  assert.deepEqual([again.status, await again.text()], [200, "[]"]);
});

onEveryEdge("errors have no tag and are no 304", buildNotes, async (client) => {
  const answer = await client.fetch("/notes/7", { headers: { "if-none-match": "*" } });
  assert.deepEqual([answer.status, answer.headers.get("etag")], [404, null]);
});

onEveryEdge("nobody overwrites what they have not seen", buildNotes, async (client) => {
  assert.equal((await client.fetch("/notes/1", put("a", { "if-none-match": "*" }))).status, 200);
  assert.equal((await client.fetch("/notes/1", put("b", { "if-none-match": "*" }))).status, 412);
  assert.equal((await client.fetch("/notes/1", put("b"))).status, 428);
  const read = await client.fetch("/notes/1");
  const etag = read.headers.get("etag") ?? "";
  assert.equal(etag, '"v1"');
  assert.equal((await client.fetch("/notes/1", put("b", { "if-match": etag }))).status, 200);
  const lost = await client.fetch("/notes/1", put("c", { "if-match": etag }));
  assert.equal(lost.status, 412);
  assert.equal(lost.headers.get("content-type"), "application/problem+json");
  assert.equal((await client.fetch("/notes/2", put("c", { "if-match": "*" }))).status, 412);
  assert.deepEqual(await (await client.fetch("/notes/1")).json(), { version: 2, text: "b" });
});

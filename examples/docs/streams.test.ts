/** docs/streams.md, run. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "apus/client";
import { testClient } from "apus/testing";
import type * as streams from "./streams.ts";
import { app } from "./streams.ts";

test("rows leave as lines, without what is not declared", async () => {
  await using client = await testClient(app);
  const answer = await client.fetch("/export");
  assert.equal(answer.headers.get("content-type"), "application/jsonl");
  assert.equal(await answer.text(), '{"id":1,"name":"ada"}\n{"id":2,"name":"grace"}\n{"id":3,"name":"edsger"}\n');
});

test("events go on where the client has left", async () => {
  await using client = await testClient(app);
  const answer = await client.fetch("/ticks", { headers: { "last-event-id": "2" } });
  assert.equal(await answer.text(), 'event: tick\ndata: {"count":3}\nid: 3\n\n');
});

test("a client that comes back gets the notices that it has not seen, or is told that some are missing", async () => {
  await using client = await testClient<typeof streams>(app);
  for (const text of ["one", "two", "three"]) await client.post("/notices", { body: { text } });
  const read = async (
    headers: { "last-event-id"?: string },
    count: number,
  ): Promise<readonly (readonly string[])[]> => {
    const seen: string[][] = [];
    for await (const { event, id, data } of await client.get("/notices", { headers })) {
      seen.push([event, JSON.stringify(data), id]);
      if (seen.length === count) break;
    }
    return seen;
  };
  const all = await read({}, 3);
  assert.deepEqual(
    all.map(([, data]) => data),
    ['{"text":"one"}', '{"text":"two"}', '{"text":"three"}'],
  );
  assert.deepEqual(await read({ "last-event-id": all[0]?.[2] as string }, 2), all.slice(1));
  const [gap, ...kept] = await read({ "last-event-id": "of-another-server" }, 4);
  assert.deepEqual(gap?.slice(0, 2), ["gap", "{}"]);
  assert.deepEqual(kept, all);
});

test("text leaves as it comes", async () => {
  await using client = await testClient(app);
  const answer = await client.fetch("/export.csv");
  assert.equal(answer.headers.get("content-type"), "text/csv");
  assert.equal(await answer.text(), "id,name\n1,ada\n2,grace\n3,edsger\n");
});

test("the typed client gives items", async () => {
  await using server = await app.listen({ port: 0, signals: false });
  const told: string[] = [];
  // #region client
  const client = createClient<typeof streams>({ baseUrl: server.url });

  for await (const row of await client.get("/export")) told.push(row.name);
  for await (const { data, id } of await client.get("/ticks")) told.push(`${id}: ${data.count}`);
  // #endregion client
  assert.deepEqual(told, ["ada", "grace", "edsger", "1: 1", "2: 2", "3: 3"]);
});

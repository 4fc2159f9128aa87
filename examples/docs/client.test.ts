/** docs/client.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { App } from "apus";
import { ClientError, createClient } from "apus/client";
import { finishNote, readText } from "./client.ts";
import * as notes from "./notes.ts";

const app = new App({ log: false }).include(notes);
app.get("/broken", () => {
  throw new Error("broken");
});

describe("docs/client.md", () => {
  test("calls are typed by the module", async () => {
    await using server = await app.listen({ port: 0, signals: false });
    const client = createClient<typeof notes>({ baseUrl: server.url });
    await client.delete("/notes");
    await client.post("/notes", { body: { text: "Buy tea" } });
    assert.equal(await finishNote(server.url, 1), "Buy tea");
    assert.equal(await readText(server.url, 1), "Buy tea");
    assert.equal(await readText(server.url, 99), "no note 99");
    assert.deepEqual(await client.get("/notes", { query: { done: true } }), []);
  });

  test("what does not fit does not compile", () => {
    const client = createClient<typeof notes>({ baseUrl: "http://localhost" });
    const calls = (): unknown => [
      // @ts-expect-error -- no such path
      client.get("/note"),
      // @ts-expect-error -- the id is a number
      client.get("/notes/{id:int}", { path: { id: "1" } }),
      // @ts-expect-error -- the body is required
      client.post("/notes"),
    ];
    assert.equal(typeof calls, "function");
  });

  test("a failed call rejects with what is known", async () => {
    await using server = await app.listen({ port: 0, signals: false });
    const client = createClient<typeof notes>({ baseUrl: server.url });
    // #region error
    const error: unknown = await client.get("/notes/{id:int}", { path: { id: 99 } }).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof ClientError);
    assert.equal(error.status, 404);
    assert.equal(error.problem?.detail, "There is no note 99.");
    // #endregion error
    await server.stop();
    await assert.rejects(client.get("/notes"), { name: "ClientError", status: 0 });
  });

  test("an undeclared error rejects, in a call and in an outcome", async () => {
    const fetch = async (): Promise<Response> => new Response("<h1>Bad gateway</h1>", { status: 502 });
    const client = createClient<typeof notes>({ baseUrl: "http://localhost", fetch });
    await assert.rejects(client.get.outcome("/notes"), { name: "ClientError", status: 502 });
  });
});

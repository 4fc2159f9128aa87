/** The AsyncAPI document: channels, messages, inputs, security; and where it is served. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { dependency } from "../dependencies/dependency.ts";
import { apiKey } from "../security/api-key.ts";
import { bearer } from "../security/bearer.ts";
import { App } from "./app.ts";
import type { AsyncApiDocument } from "./websocket-document.ts";

const Said = z.object({ text: z.string() });
const Heard = z.object({ text: z.string(), from: z.string().default("?") });

function build(): App {
  const app = new App({ title: "Talk", version: "2.0.0", log: false, servers: [{ url: "https://api.example/v2" }] });
  const paged = dependency({ query: z.object({ page: z.int().optional() }) }, () => 1);
  app.websocket(
    "/rooms/{room}/{id:int}",
    {
      operationId: "talk",
      summary: "Talk in a room",
      tags: ["rooms"],
      query: z.object({ name: z.string() }),
      use: { token: bearer(), key: apiKey({ in: "query", name: "key" }), paged },
      send: Heard,
      receive: Said,
    },
    () => {},
  );
  app.websocket("/ticks", { send: z.number(), deprecated: true }, function ticks() {});
  app.websocket("/raw", () => {});
  app.websocket("/secret", { hidden: true }, () => {});
  app.get("/plain", () => 1);
  return app;
}

async function read(app: App, path = "/asyncapi.json"): Promise<AsyncApiDocument> {
  const answer = await app.fetch(new Request(`http://localhost${path}`));
  assert.equal(answer.status, 200);
  return (await answer.json()) as AsyncApiDocument;
}

test("describes every WebSocket that is not hidden, both ways", async () => {
  const document = (await read(build())) as unknown as Record<string, never>;
  assert.equal(document["asyncapi"], "3.0.0");
  assert.deepEqual(document["info"], { title: "Talk", version: "2.0.0" });
  assert.deepEqual(document["servers"], { server1: { host: "api.example", pathname: "/v2", protocol: "wss" } });
  const { channels, operations, components } = document as unknown as {
    channels: Record<
      string,
      {
        address: string;
        parameters: object;
        messages: Record<string, { payload: object }>;
        bindings: { ws: Record<string, unknown> };
      }
    >;
    operations: Record<string, Record<string, unknown>>;
    components: { schemas: Record<string, unknown>; securitySchemes: Record<string, { type: string }> };
  };
  assert.deepEqual(Object.keys(channels), ["talk", "ticks", "websocketRaw"]);
  assert.equal(channels["talk"]?.address, "/rooms/{room}/{id}");
  assert.deepEqual(channels["talk"]?.parameters, { room: {}, id: { description: "integer" } });
  assert.deepEqual(channels["talk"]?.messages["receive"]?.payload, {
    type: "object",
    properties: { text: { type: "string" } },
    required: ["text"],
  });
  assert.equal(channels["talk"]?.bindings.ws["method"], "GET");
  assert.match(JSON.stringify(channels["talk"]?.bindings.ws["query"]), /allOf.*name.*page/s);
  const sent = channels["talk"]?.messages["send"]?.payload as {
    required: string[];
  };
  assert.deepEqual(sent.required, ["text", "from"], "the shape in which it leaves");
  assert.deepEqual(Object.keys(operations), [
    "talkReceive",
    "talkSend",
    "ticksSend",
    "websocketRawReceive",
    "websocketRawSend",
  ]);
  assert.deepEqual(operations["talkSend"], {
    action: "send",
    channel: { $ref: "#/channels/talk" },
    messages: [{ $ref: "#/channels/talk/messages/send" }],
    summary: "Talk in a room",
    tags: [{ name: "rooms" }],
    security: Object.keys(components.securitySchemes).map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
  });
  assert.deepEqual(
    Object.values(components.securitySchemes)
      .map(({ type }) => type)
      .toSorted(),
    ["http", "httpApiKey"],
  );
  assert.equal(operations["ticksSend"]?.["x-deprecated"], true);
});

test("every reference leads somewhere", async () => {
  const document = await read(build());
  const text = JSON.stringify(document);
  for (const [, pointer = ""] of text.matchAll(/"\$ref":"#([^"]*)"/g)) {
    let target: unknown = document;
    for (const key of pointer.split("/").slice(1)) target = (target as Record<string, unknown>)[key];
    assert.notEqual(target, undefined, pointer);
  }
});

test("is served only when there is something in it, where it is wanted, and below a mount", async () => {
  const status = async (app: App, path: string): Promise<number> =>
    (await app.fetch(new Request(`http://localhost${path}`))).status;
  assert.equal(await status(new App({ log: false }), "/asyncapi.json"), 404);
  const silent = new App({ log: false, docs: { asyncapi: false } });
  silent.websocket("/ws", () => {});
  assert.equal(await status(silent, "/asyncapi.json"), 404);
  const outer = new App({ log: false });
  outer.mount("/inner", build());
  assert.equal((await read(outer, "/inner/asyncapi.json")).channels["talk"]?.address, "/inner/rooms/{room}/{id}");
  const wrong = new App({ log: false, docs: { asyncapi: "asyncapi" as "/x" } });
  await assert.rejects(wrong.start(), /docs\.asyncapi is a literal path/);
});

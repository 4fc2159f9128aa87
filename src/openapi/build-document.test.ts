/** Tests of the document as a whole. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { buildSample, declareSample } from "../../test/conformance/sample-document.ts";
import { buildDocument } from "./build-document.ts";
import type { ApiDescription } from "./document-input.ts";

test("an app without words and operations", async () => {
  assert.deepEqual(await buildSample([]), { openapi: "3.1.1", info: { title: "Apus", version: "0.1.0" }, paths: {} });
});

test("every word about the API", async () => {
  const description: ApiDescription = {
    title: "Birds",
    version: "2.0.0",
    summary: "All swifts.",
    description: "**Fast.**",
    termsOfService: "https://example.com/terms",
    contact: { name: "A", url: "https://example.com", email: "a@example.com" },
    license: { name: "MIT", identifier: "MIT" },
    servers: [{ url: "https://{host}/v1", description: "main", variables: { host: { default: "a.example.com" } } }],
    tags: [{ name: "birds", description: "All of them.", externalDocs: { url: "https://example.com" } }],
    externalDocs: { url: "https://example.com/docs", description: "more" },
  };
  const { title, version, summary, termsOfService, contact, license, servers, tags, externalDocs } = description;
  assert.deepEqual(await buildSample([], { description }), {
    openapi: "3.1.1",
    info: { title, version, summary, description: "**Fast.**", termsOfService, contact, license },
    servers,
    paths: {},
    tags,
    externalDocs,
  });
});

test("extra is merged into the document", async () => {
  const extra = {
    info: { title: "Mine", "x-logo": { url: "https://example.com/logo.svg" } },
    tags: [{ name: "second" }],
    components: { securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" } } },
    security: [{ key: [] }],
    paths: { "/a": { get: { tags: ["second"] } } },
    "x-nothing": undefined,
  };
  const document = await buildSample([declareSample("GET /a", { response: z.string().meta({ id: "Text" }) })], {
    description: { tags: [{ name: "first" }], extra },
  });
  assert.deepEqual(document.info, { ...extra.info, version: "0.1.0" });
  assert.deepEqual(document.tags, [{ name: "first" }, { name: "second" }]);
  assert.deepEqual(document.components, { schemas: { Text: { type: "string" } }, ...extra.components });
  assert.deepEqual(document["security"], extra.security);
  assert.deepEqual(document.paths["/a"]?.get?.tags, ["second"]);
  assert.ok(!("x-nothing" in document));
});

test("webhooks show what is sent", async () => {
  const Event = z.object({ at: z.date(), kind: z.string().default("created") }).meta({ id: "Event" });
  const document = await buildSample([], {
    description: {
      webhooks: {
        "item.created": { body: Event, tags: ["hooks"], description: "Sent once.", extra: { "x-retries": 5 } },
        ping: { method: "GET", summary: "Are you there?" },
      },
    },
  });
  const responses = { 200: { description: "The webhook was received." } };
  assert.deepEqual(document.webhooks, {
    "item.created": {
      post: {
        tags: ["hooks"],
        summary: "Item created",
        description: "Sent once.",
        requestBody: {
          required: true,
          content: { "application/json": { schema: { $ref: "#/components/schemas/Event" } } },
        },
        responses,
        "x-retries": 5,
      },
    },
    ping: { get: { summary: "Are you there?", responses } },
  });
  assert.deepEqual(document.components?.schemas?.["Event"]?.required, ["at", "kind"]);
});

test("a webhook's schema that is none is an error that names the webhook", async () => {
  const description: ApiDescription = { webhooks: { ping: { body: {} as never } } };
  await assert.rejects(buildDocument({ description, operations: [], exportedNames: new Map() }), {
    code: "APUS_NOT_A_SCHEMA",
    message: /^The body schema of the webhook "ping" cannot be used: /,
  });
});

test("the same input gives the same text", async () => {
  const shared = z.object({ a: z.string().default("x"), b: z.bigint().default(3n), c: z.date() });
  const operations = [
    declareSample("POST /a", { body: shared, response: shared }),
    declareSample("GET /a", { response: z.array(shared) }),
    declareSample("PUT /a/{id:int}", { body: shared }),
  ];
  const [one, other] = [await buildSample(operations), await buildSample(operations)];
  assert.equal(JSON.stringify(one), JSON.stringify(other));
});

/** Tests of describing an operation: words, bodies, responses, errors. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { buildSample, declareSample, documentSample, operationIn } from "../../test/conformance/sample-document.ts";
import type { OperationOptions } from "../operation/operation.ts";
import type { OperationObject } from "./openapi-document.ts";

async function describe(options: OperationOptions, route = "POST /items"): Promise<OperationObject> {
  return operationIn(await buildSample([declareSample(route, options)]), route);
}

const Item = z.object({ name: z.string() });
const itemSchema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
const json = { "application/json": { schema: itemSchema } };
const problemReference = { $ref: "#/components/schemas/Problem" };
const refusal = {
  description: "Unprocessable Content",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/ValidationProblem" } } },
};

test("the least: an id, a title, an answer, and no components", async () => {
  const document = await buildSample([declareSample("GET /")]);
  assert.deepEqual(operationIn(document, "GET /"), {
    summary: "Get root",
    operationId: "getRoot",
    responses: { 200: { description: "OK" } },
  });
  assert.equal(document.components, undefined);
});

test("the words of the operation and of its routers", async () => {
  const operation = declareSample("GET /a", {
    summary: "Short",
    description: "Long",
    operationId: "readA",
    tags: ["own"],
    externalDocs: { url: "https://example.com/a" },
    callbacks: { done: { "{$request.query.url}": { post: { responses: { 200: { description: "ok" } } } } } },
  });
  const document = await buildSample([await documentSample(operation, { tags: ["outer", "own"], deprecated: true })]);
  assert.deepEqual(operationIn(document, "GET /a"), {
    tags: ["outer", "own"],
    summary: "Short",
    description: "Long",
    externalDocs: { url: "https://example.com/a" },
    operationId: "readA",
    responses: { 200: { description: "OK" } },
    callbacks: { done: { "{$request.query.url}": { post: { responses: { 200: { description: "ok" } } } } } },
    deprecated: true,
  });
  assert.equal((await describe({ deprecated: true })).deprecated, true);
});

test("extra is merged into the operation", async () => {
  const described = await describe({
    body: Item,
    extra: { "x-cost": 3, summary: "Mine", responses: { 200: { headers: { "X-A": { schema: { type: "string" } } } } } },
  });
  assert.equal(described["x-cost"], 3);
  assert.equal(described.summary, "Mine");
  assert.deepEqual(described.responses["200"], {
    description: "OK",
    headers: { "X-A": { schema: { type: "string" } } },
  });
  const endless: Record<string, unknown> = {};
  endless["x-self"] = endless;
  await assert.rejects(describe({ extra: endless }), {
    code: "APUS_BAD_OPTION",
    message: /^extra of POST \/items at app\.ts:\d+/,
  });
});

test("a JSON body with its examples", async () => {
  const described = await describe({ body: Item, examples: { short: { name: "a" }, long: { name: "aaa" } } });
  assert.deepEqual(described.requestBody, {
    required: true,
    content: {
      "application/json": {
        schema: itemSchema,
        examples: { short: { value: { name: "a" } }, long: { value: { name: "aaa" } } },
      },
    },
  });
  assert.deepEqual(described.responses, { 200: { description: "OK" }, 422: refusal });
});

test("a body is required unless its schema takes nothing", async () => {
  assert.deepEqual((await describe({ body: Item.optional() })).requestBody, { content: json });
  assert.equal((await describe({ body: Item.default({ name: "x" }) })).requestBody?.required, undefined);
  const slow = Item.optional().refine(async () => true);
  assert.equal((await describe({ body: slow })).requestBody?.required, undefined);
  const faulty = z.any().refine((value: { name: string }) => value.name !== "");
  assert.equal((await describe({ body: faulty })).requestBody?.required, true);
});

test("a form is urlencoded, and required unless an empty one fits", async () => {
  const content = { "application/x-www-form-urlencoded": { schema: itemSchema } };
  assert.deepEqual((await describe({ form: Item })).requestBody, { required: true, content });
  const loose = (await describe({ form: Item.partial() })).requestBody;
  assert.equal(loose?.required, undefined);
});

test("answers: the declared ones, each with words and a media type", async () => {
  const { responses } = await describe(
    {
      status: 201,
      response: Item,
      responses: {
        201: "The item, as it was stored.",
        202: Item,
        204: { description: "Nothing to do." },
        206: { description: "A part.", mediaType: "image/png" },
        404: { description: "No such list.", schema: Item, mediaType: "application/vnd.list+json" },
      },
    },
    "GET /items",
  );
  assert.deepEqual(responses, {
    201: { description: "The item, as it was stored.", content: json },
    202: { description: "Accepted", content: json },
    204: { description: "Nothing to do." },
    206: { description: "A part.", content: { "image/png": {} } },
    404: { description: "No such list.", content: { "application/vnd.list+json": { schema: itemSchema } } },
  });
});

test("without a declared success, the answer of the operation's status", async () => {
  const statuses = async (options: OperationOptions): Promise<readonly string[]> =>
    Object.keys((await describe(options, "GET /")).responses);
  assert.deepEqual(await statuses({ status: 204 }), ["204"]);
  assert.deepEqual(await statuses({ responses: { 404: "Gone." } }), ["200", "404"]);
  assert.deepEqual(await statuses({ responses: { 303: "Elsewhere." } }), ["303"]);
  assert.deepEqual(await statuses({ status: 202, responses: { 303: "Elsewhere." } }), ["202", "303"]);
});

test("errors are problem documents with what they add", async () => {
  const document = await buildSample([
    declareSample("GET /", {
      errors: { 404: z.object({ item: z.int() }), 409: "Taken.", 503: { description: "Later." } },
    }),
  ]);
  assert.deepEqual(operationIn(document, "GET /").responses, {
    200: { description: "OK" },
    404: {
      description: "Not Found",
      content: {
        "application/problem+json": {
          schema: {
            allOf: [
              problemReference,
              { type: "object", properties: { item: { type: "integer" } }, required: ["item"] },
            ],
          },
        },
      },
    },
    409: { description: "Taken.", content: { "application/problem+json": { schema: problemReference } } },
    503: { description: "Later.", content: { "application/problem+json": { schema: problemReference } } },
  });
  assert.deepEqual(Object.keys(document.components?.schemas ?? {}), ["Problem"]);
});

test("a 422 where inputs can be wrong, unless it is declared", async () => {
  const hasRefusal = async (route: string, options: OperationOptions = {}): Promise<boolean> =>
    JSON.stringify(await buildSample([declareSample(route, options)])).includes("ValidationProblem");
  assert.equal(await hasRefusal("GET /{id}/{rest:path}"), false);
  assert.equal(await hasRefusal("GET /{id:int}"), true);
  assert.equal(await hasRefusal("GET /", { query: z.object({ q: z.string().optional() }) }), true);
  assert.equal(await hasRefusal("GET /{id:int}", { errors: { 422: "Mine." } }), false);
  assert.equal(await hasRefusal("GET /{id:int}", { responses: { 422: Item } }), false);
});

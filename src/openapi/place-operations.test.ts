/** Tests of which operations share a path item. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { buildSample, declareSample, operationIn } from "../../test/conformance/sample-document.ts";

test("paths keep the order of declaration and lose their converters", async () => {
  const document = await buildSample([
    declareSample("GET /z/{id:int}"),
    declareSample("GET /a/{rest:path}"),
    declareSample("PUT /z/{id:int}"),
  ]);
  assert.deepEqual(Object.keys(document.paths), ["/z/{id}", "/a/{rest}"]);
  assert.deepEqual(Object.keys(document.paths["/z/{id}"] ?? {}), ["get", "put"]);
});

test("paths that differ in names only share the first one's path and its names", async () => {
  const document = await buildSample([
    declareSample("GET /users/{user:int}/posts/{post}"),
    declareSample("DELETE /users/{id}/posts/{user}", {
      path: z.object({ user: z.string().max(3), id: z.uuid() }),
    }),
  ]);
  assert.deepEqual(Object.keys(document.paths), ["/users/{user}/posts/{post}"]);
  const parameters = operationIn(document, "DELETE /users/{user}/posts/{post}").parameters;
  assert.deepEqual(parameters, [
    { name: "user", in: "path", required: true, schema: { type: "string", format: "uuid" } },
    { name: "post", in: "path", required: true, schema: { type: "string", maxLength: 3 } },
  ]);
});

test("of two operations that OpenAPI cannot tell apart, the first is documented and names the other", async () => {
  const document = await buildSample([
    declareSample("GET /a/{x:int}", { description: "By number." }),
    declareSample("GET /a/{y}", { operationId: "other", response: z.object({}).meta({ id: "Unseen" }) }),
    declareSample("GET /a/{z:uuid}"),
  ]);
  const { description, operationId } = operationIn(document, "GET /a/{x}");
  assert.equal(operationId, "getAByX");
  assert.match(
    description ?? "",
    /^By number\.\n\n`\/a\/\{y\}` is another operation.*\n\n`\/a\/\{z:uuid\}` is another/,
  );
  assert.ok(!JSON.stringify(document).includes("Unseen"));
});

test("text beside a parameter keeps paths apart", async () => {
  const document = await buildSample([declareSample("GET /f/{name}.json"), declareSample("GET /f/{name}.xml")]);
  assert.deepEqual(Object.keys(document.paths), ["/f/{name}.json", "/f/{name}.xml"]);
});

test("QUERY, which OpenAPI 3.1 does not know, is an extension of its path item", async () => {
  const document = await buildSample([
    declareSample("GET /search"),
    declareSample("QUERY /search", { body: z.object({ text: z.string() }) }),
    declareSample("TRACE /search"),
    declareSample("HEAD /search", { response: z.string() }),
  ]);
  const item = document.paths["/search"];
  assert.deepEqual(Object.keys(item ?? {}), ["get", "trace", "head", "x-additional-operations"]);
  assert.equal(item?.["x-additional-operations"]?.["QUERY"]?.operationId, "querySearch");
  assert.deepEqual(item?.head?.responses, { 200: { description: "OK" } });
});

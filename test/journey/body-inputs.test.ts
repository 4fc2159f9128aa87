/** Bodies on both edges: content types, missing bodies, and schemas that must wait before they know. */

import assert from "node:assert/strict";
import { App } from "apus";
import * as v from "valibot";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";
import { places, refuse } from "./refusal.ts";

const jsonType = { "content-type": "application/json" };

let runs = 0;

let asked: readonly string[] = [];

/** Schemas that must wait before they know. */
function buildAsync(): App {
  asked = [];
  const isFree = async (name: string): Promise<boolean> => {
    await new Promise((resolve) => setImmediate(resolve));
    asked = [...asked, name];
    return name !== "used";
  };
  const zodUser = z.object({ name: z.string().refine(isFree, "is taken"), age: z.int().optional() });
  const valibotUser = v.objectAsync({
    name: v.pipeAsync(v.string(), v.checkAsync(isFree, "is taken")),
    age: v.optional(v.number()),
  });
  const app = new App({ log: false, docs: false });
  app.post("/zod", { query: zodUser, body: zodUser, response: zodUser }, ({ query, body }) => ({
    ...body,
    age: query.age,
  }));
  app.post("/valibot", { query: valibotUser, body: valibotUser, response: valibotUser }, ({ query, body }) => ({
    ...body,
    age: query.age,
  }));
  return app;
}

onEveryEdge("asynchronous schemas are awaited, in and out", buildAsync, async (client) => {
  for (const vendor of ["zod", "valibot"]) {
    const post = (query: string, name: string): Promise<Response> =>
      client.fetch(`/${vendor}?${query}`, { method: "POST", headers: jsonType, body: JSON.stringify({ name }) });
    const answer = await post("name=one&age=5", "two");
    assert.deepEqual([answer.status, await answer.json()], [200, { name: "two", age: 5 }], vendor);
    const { issues } = await refuse(post("name=used&age=x", "used"));
    assert.deepEqual(places(issues), ["body /name", "query /age", "query /name"], vendor);
    assert.deepEqual(issues.find((issue) => issue.in === "body")?.message, "is taken");
  }
  assert.ok(asked.includes("two") && asked.includes("used"));
});

function buildTyped(): App {
  const app = new App({ log: false, docs: false });
  runs = 0;
  app.post("/json", { body: z.object({ a: z.int() }) }, ({ body }) => {
    runs += 1;
    return body;
  });
  app.post("/maybe", { body: z.object({ a: z.int() }).optional() }, ({ body }) => ({ got: body ?? "nothing" }));
  app.post("/form", { form: z.object({ a: z.int() }) }, ({ form }) => {
    runs += 1;
    return form;
  });
  return app;
}

onEveryEdge(
  "the content type decides: JSON, +json and UTF-8 are read, anything else is 415",
  buildTyped,
  async (client) => {
    const post = (path: string, type: string, body: string): Promise<Response> =>
      client.fetch(path, { method: "POST", headers: { "content-type": type }, body: new TextEncoder().encode(body) });
    const json = [
      "application/json",
      "Application/JSON",
      "application/json; charset=utf-8",
      'application/json;charset="UTF-8"',
      "application/vnd.api+json",
      "application/merge-patch+json ; a=b",
    ];
    for (const type of json) assert.equal((await post("/json", type, '{ "a": 1 }')).status, 200, type);
    const form = "application/x-www-form-urlencoded";
    for (const type of [form, `${form}; charset=UTF-8`])
      assert.equal((await post("/form", type, "a=1")).status, 200, type);
    const ran = runs;
    const others = [
      "text/plain",
      "text/json",
      "application/xml",
      form,
      "multipart/form-data; boundary=x",
      "application/jsonp",
      "application/+json",
      "json",
      "application/json; charset=latin1",
      "application/json; charset=utf-16",
      "application/json, text/plain",
    ];
    for (const type of others) {
      const answer = await post("/json", type, '{ "a": 1 }');
      assert.deepEqual([answer.status, answer.headers.get("accept")], [415, "application/json"], type);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
    }
    for (const type of ["application/json", "text/plain", `${form}; charset=latin1`]) {
      const answer = await post("/form", type, "a=1");
      assert.deepEqual([answer.status, answer.headers.get("accept")], [415, `${form}, multipart/form-data`], type);
    }
    assert.equal(
      (await client.fetch("/json", { method: "POST", body: new TextEncoder().encode('{ "a": 1 }') })).status,
      415,
    );
    const encoded = { "content-type": "application/json", "content-encoding": "gzip" };
    const compressed = await client.fetch("/json", { method: "POST", headers: encoded, body: '{ "a": 1 }' });
    assert.deepEqual([compressed.status, compressed.headers.get("accept-encoding")], [415, "identity"]);
    assert.equal(runs, ran);
  },
);

onEveryEdge("no body is a missing body, unless the schema takes undefined", buildTyped, async (client) => {
  const send = async (path: string, init: RequestInit): Promise<readonly unknown[]> => {
    const answer = await client.fetch(path, { method: "POST", ...init });
    return [answer.status, await answer.json()];
  };
  const missing = [{ in: "body", pointer: "", message: "is required", code: "missing" }];
  for (const init of [{}, { headers: jsonType }, { headers: jsonType, body: "" }]) {
    const { issues } = await refuse(client.fetch("/json", { method: "POST", ...init }));
    assert.deepEqual(issues, missing);
    assert.deepEqual(await send("/maybe", init), [200, { got: "nothing" }]);
  }
  assert.deepEqual(await send("/maybe", { headers: jsonType, body: '{ "a": 1 }' }), [200, { got: { a: 1 } }]);
  assert.equal((await send("/maybe", { headers: jsonType, body: "null" }))[0], 422);
});

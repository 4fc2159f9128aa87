/** What is refused, by every schema vendor and on both edges: every issue of every place at once, with nothing of the value in it. */

import assert from "node:assert/strict";
import { App, type Issue, type ValidationProblem } from "apus";
import * as v from "valibot";
import { z } from "zod";
import { onBothEdges } from "./edges.ts";
import { inputSchemas, type InputSchemas } from "./input-schemas.ts";

let runs = 0;

function buildRefusing(schemas: InputSchemas): App {
  runs = 0;
  const app = new App({ log: false, docs: false });
  const { path, query, headers, cookies, body, form } = schemas;
  const run = (): string => {
    runs += 1;
    return "ran";
  };
  app.post("/all/{id}/{kind}", { path, query, headers, cookies, body }, run);
  app.post("/form", { query, form }, run);
  app.get("/query", { query }, run);
  return app;
}

const jsonType = { "content-type": "application/json" };
const formType = { "content-type": "application/x-www-form-urlencoded" };

async function refuse(
  answer: Promise<Response>,
): Promise<{ readonly content: string; readonly issues: readonly Issue[] }> {
  const response = await answer;
  const content = await response.text();
  assert.equal(response.status, 422, content);
  assert.equal(response.headers.get("content-type"), "application/problem+json");
  const problem = JSON.parse(content) as ValidationProblem;
  assert.deepEqual([problem.type, problem.title, problem.status], ["about:blank", "Unprocessable Content", 422]);
  assert.equal(
    problem.detail,
    `The request has ${problem.errors.length === 1 ? "1 issue" : `${problem.errors.length} issues`}.`,
  );
  for (const issue of problem.errors) {
    assert.deepEqual(Object.keys(issue), ["in", "pointer", "message", "code"]);
    assert.ok(issue.message.length > 3 && issue.code !== "", JSON.stringify(issue));
  }
  return { content, issues: problem.errors };
}

function places(issues: readonly Issue[]): readonly string[] {
  return [...new Set(issues.map((issue) => `${issue.in} ${issue.pointer}`))].toSorted();
}

/** Query string → the pointers of its issues. */
const queries: readonly (readonly [query: string, pointers: readonly string[]])[] = [
  ["", ["query /count"]],
  ["count=", ["query /count"]],
  ["count=5.5", ["query /count"]],
  ["count=5.0", ["query /count"]],
  ["count=%205", ["query /count"]],
  ["count=+5", ["query /count"]],
  ["count=%2B5", ["query /count"]],
  ["count=1_000", ["query /count"]],
  ["count=0x10", ["query /count"]],
  ["count=9007199254740993", ["query /count"]],
  ["count=1&count=2", ["query /count"]],
  ["count[]=1", ["query /count"]],
  ["count=1&ratio=NaN", ["query /ratio"]],
  ["count=1&ratio=Infinity", ["query /ratio"]],
  ["count=1&ratio=1e999", ["query /ratio"]],
  ["count=1&ratio=", ["query /ratio"]],
  ["count=1&flag=2", ["query /flag"]],
  ["count=1&flag=", ["query /flag"]],
  ["count=1&flag=true&flag=true", ["query /flag"]],
  ["count=1&color=blue", ["query /color"]],
  ["count=1&color=RED", ["query /color"]],
  ["count=1&level=3", ["query /level"]],
  ["count=1&ids=1&ids=x&ids=2&ids=y", ["query /ids/1", "query /ids/3"]],
  ["count=1&ids=1,2", ["query /ids/0"]],
  ["count=1&maybe=null", ["query /maybe"]],
  ["count=x&limit=y&ratio=z", ["query /count", "query /limit", "query /ratio"]],
];

for (const schemas of inputSchemas) {
  const { vendor } = schemas;
  const build = (): App => buildRefusing(schemas);

  onBothEdges(
    `${vendor}: one answer has every issue of path, query, header, cookie and body`,
    build,
    async (client) => {
      const headers = { ...jsonType, "x-count": "few", cookie: "visits=often; theme=pink" };
      const body = {
        price: "1",
        tags: [1],
        owner: { email: "nobody" },
        parts: [{ size: 1 }, { size: "2" }],
        "a/b": { "c~d": "3" },
      };
      const answer = client.fetch("/all/0/huge?limit=many&ids=1&ids=x", {
        method: "POST",
        headers,
        body: JSON.stringify(body),
      });
      const { issues } = await refuse(answer);
      assert.deepEqual(places(issues), [
        "body /a~1b/c~0d",
        "body /name",
        "body /owner/email",
        "body /parts/1/size",
        "body /price",
        "body /tags/0",
        "cookie /theme",
        "cookie /visits",
        "header /X-Count",
        "path /id",
        "path /kind",
        "query /count",
        "query /ids/1",
        "query /limit",
      ]);
      const order = [...new Set(issues.map((issue) => issue.in))];
      assert.deepEqual(order, ["path", "query", "header", "cookie", "body"]);
      assert.equal(runs, 0);
    },
  );

  onBothEdges(`${vendor}: values that do not fit are refused where they stand`, build, async (client) => {
    for (const [query, pointers] of queries) {
      const { issues } = await refuse(client.fetch(`/query?${query}`));
      assert.deepEqual(places(issues), pointers, query);
    }
    const repeated = await refuse(client.fetch("/query?count=1&count=2&count=3"));
    assert.deepEqual(repeated.issues, [
      { in: "query", pointer: "/count", message: "was sent 3 times, expected once", code: "repeated" },
    ]);
    const form = await refuse(
      client.fetch("/form?ratio=x", { method: "POST", headers: formType, body: "title=a&title=b&count=x&level=null" }),
    );
    assert.deepEqual(places(form.issues), [
      "form /count",
      "form /level",
      "form /title",
      "query /count",
      "query /ratio",
    ]);
  });

  onBothEdges(
    `${vendor}: a missing body and a body of another type are issues at their roots`,
    build,
    async (client) => {
      const target = "/all/1/big?count=1";
      const headers = { "x-count": "1", cookie: "visits=1" };
      const missing = await refuse(client.fetch(target, { method: "POST", headers }));
      assert.deepEqual(missing.issues, [{ in: "body", pointer: "", message: "is required", code: "missing" }]);
      for (const body of ["null", "5", '"text"', "true"]) {
        const { issues } = await refuse(
          client.fetch(target, { method: "POST", headers: { ...headers, ...jsonType }, body }),
        );
        assert.deepEqual(places(issues), ["body "], body);
      }
      // An array is an object to some vendors: then its members are missing.
      const { issues } = await refuse(
        client.fetch(target, { method: "POST", headers: { ...headers, ...jsonType }, body: "[]" }),
      );
      assert.ok(issues.every((issue) => issue.in === "body"));
      assert.equal(runs, 0);
    },
  );

  onBothEdges(`${vendor}: nothing of a rejected value is in the answer`, build, async (client) => {
    const secret = "hunter2";
    const headers = { ...jsonType, "x-count": secret, "x-secret": secret, cookie: `visits=${secret}; theme=${secret}` };
    const body = JSON.stringify({
      name: 7_654_321,
      price: secret,
      tags: secret,
      owner: { email: secret },
      parts: [secret],
    });
    const query = ["count", "limit", "ratio", "flag", "color", "level", "ids", "maybe"].map(
      (name) => `${name}=${secret}`,
    );
    const all = await refuse(
      client.fetch(`/all/${secret}/${secret}?${query.join("&")}`, { method: "POST", headers, body }),
    );
    assert.ok(!all.content.includes(secret) && !all.content.includes("7654321"), all.content);
    const form = query.join("&");
    const posted = await refuse(
      client.fetch("/form?count=1", { method: "POST", headers: formType, body: `${form}&title=${secret}` }),
    );
    assert.ok(!posted.content.includes(secret), posted.content);
  });
}

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

onBothEdges("asynchronous schemas are awaited, in and out", buildAsync, async (client) => {
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

onBothEdges(
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
    for (const type of [
      "application/json",
      "text/plain",
      "multipart/form-data; boundary=x",
      `${form}; charset=latin1`,
    ]) {
      const answer = await post("/form", type, "a=1");
      assert.deepEqual([answer.status, answer.headers.get("accept")], [415, form], type);
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

onBothEdges("no body is a missing body, unless the schema takes undefined", buildTyped, async (client) => {
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

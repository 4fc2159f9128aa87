/** What handlers are given, by every schema vendor and on both edges: types after coercion, defaults, lists, undeclared keys. */

import assert from "node:assert/strict";
import { App, type ValidationProblem } from "apus";
import { onEveryEdge } from "./edges.ts";
import { inputSchemas, type InputSchemas } from "./input-schemas.ts";

/** Every endpoint answers with exactly what its handler was given. */
function buildEcho(schemas: InputSchemas): App {
  const app = new App({ log: false, docs: false });
  app.get("/path/{id}/{kind}", { path: schemas.path }, ({ path }) => path);
  app.get("/query", { query: schemas.query }, ({ query }) => query);
  app.get("/headers", { headers: schemas.headers }, ({ headers }) => headers);
  app.get("/cookies", { cookies: schemas.cookies }, ({ cookies }) => cookies);
  app.post("/body", { body: schemas.body }, ({ body }) => body);
  app.post("/form", { form: schemas.form }, ({ form }) => form);
  app.get("/strict", { query: schemas.strict }, ({ query }) => query);
  app.get("/stripping", { query: schemas.stripping }, ({ query }) => query);
  app.post("/strict", { body: schemas.strict }, ({ body }) => body);
  app.post("/stripping", { body: schemas.stripping }, ({ body }) => body);
  return app;
}

const jsonType = { "content-type": "application/json" };
const formType = { "content-type": "application/x-www-form-urlencoded" };

/** Status and JSON of an answer. */
async function read(answer: Promise<Response>): Promise<readonly [status: number, content: unknown]> {
  const response = await answer;
  return [response.status, await response.json()];
}

/** Place and pointer of every issue of a 422. */
function pointers(problem: unknown): readonly string[] {
  return (problem as ValidationProblem).errors.map((issue) => `${issue.in} ${issue.pointer}`);
}

/** Query string → what the handler gets. */
const queries: readonly (readonly [query: string, value: Record<string, unknown>])[] = [
  ["count=5", { count: 5, limit: 20 }],
  ["count=-12&limit=007", { count: -12, limit: 7 }],
  ["count=-0", { count: 0, limit: 20 }],
  ["count=1&ratio=2.5", { count: 1, limit: 20, ratio: 2.5 }],
  ["count=1&ratio=1e3", { count: 1, limit: 20, ratio: 1000 }],
  ["count=1&flag=true", { count: 1, limit: 20, flag: true }],
  ["count=1&flag=OFF", { count: 1, limit: 20, flag: false }],
  ["count=1&flag=yes", { count: 1, limit: 20, flag: true }],
  ["count=1&flag=0", { count: 1, limit: 20, flag: false }],
  ["count=1&color=red", { count: 1, limit: 20, color: "red" }],
  ["count=1&level=2", { count: 1, limit: 20, level: 2 }],
  ["count=1&ids=3&ids=1&ids=2", { count: 1, limit: 20, ids: [3, 1, 2] }],
  ["count=1&ids=3", { count: 1, limit: 20, ids: [3] }],
  ["count=1&tags=a&color=green&tags=7", { count: 1, limit: 20, tags: ["a", "7"], color: "green" }],
  ["count=1&maybe=", { count: 1, limit: 20, maybe: null }],
  ["count=1&maybe=4", { count: 1, limit: 20, maybe: 4 }],
  ["count=1&note=", { count: 1, limit: 20, note: "" }],
  ["count=1&note=5", { count: 1, limit: 20, note: "5" }],
  ["count=1&note=a+b%2Bc%26%C3%A9", { count: 1, limit: 20, note: "a b+c&é" }],
  ["&&count=1&&", { count: 1, limit: 20 }],
];

/** Form text → what the handler gets. An empty value counts as not sent where the schema takes no text. */
const forms: readonly (readonly [form: string, value: Record<string, unknown>])[] = [
  [
    "title=a&count=3&agree=on&tags=x&tags=y&nick=n&level=2",
    { title: "a", count: 3, agree: true, tags: ["x", "y"], nick: "n", level: 2 },
  ],
  ["title=a&count=&agree=", { title: "a" }],
  ["title=&nick=", { title: "", nick: "" }],
  ["title=a&level=", { title: "a", level: null }],
  ["title=a&tags=one", { title: "a", tags: ["one"] }],
  ["title=a+b%20c", { title: "a b c" }],
];

const bodies: readonly (readonly [body: object, value: object])[] = [
  [
    { name: "abc", price: 1.5 },
    { name: "abc", price: 1.5, tags: [] },
  ],
  [
    { name: "abc", price: 1, tags: ["x"] },
    { name: "abc", price: 1, tags: ["x"] },
  ],
  [
    {
      name: "abc",
      price: 1,
      owner: { email: "a@example.com" },
      parts: [{ size: 1 }, { size: 2 }],
      "a/b": { "c~d": 3 },
    },
    {
      name: "abc",
      price: 1,
      tags: [],
      owner: { email: "a@example.com" },
      parts: [{ size: 1 }, { size: 2 }],
      "a/b": { "c~d": 3 },
    },
  ],
];

for (const schemas of inputSchemas) {
  const { vendor, undeclared } = schemas;
  const build = (): App => buildEcho(schemas);

  onEveryEdge(`${vendor}: path, query, headers and cookies are typed by their schemas`, build, async (client) => {
    assert.deepEqual(await read(client.fetch("/path/42/big")), [200, { id: 42, kind: "big" }]);
    assert.deepEqual(await read(client.fetch("/path/%34%32/s%6Dall")), [200, { id: 42, kind: "small" }]);
    for (const [query, value] of queries) {
      assert.deepEqual(await read(client.fetch(`/query?${query}`)), [200, value], query);
    }
    // Names match in any case; the value has the schema's spelling.
    for (const name of ["x-count", "X-COUNT", "X-Count"]) {
      const headers = { [name]: "3", "x-secret": "long enough", "x-other": "dropped" };
      const value = { "X-Count": 3, "x-secret": "long enough" };
      assert.deepEqual(await read(client.fetch("/headers", { headers })), [200, value], name);
    }
    const headers = { cookie: "visits=7; theme=dark" };
    assert.deepEqual(await read(client.fetch("/cookies", { headers })), [200, { visits: 7, theme: "dark" }]);
  });

  onEveryEdge(`${vendor}: a JSON body is validated and never coerced, a form is coerced`, build, async (client) => {
    const post = (path: string, headers: Record<string, string>, body: string): Promise<readonly [number, unknown]> =>
      read(client.fetch(path, { method: "POST", headers, body }));
    for (const [body, value] of bodies) {
      assert.deepEqual(await post("/body", jsonType, JSON.stringify(body)), [200, value]);
    }
    const wrong = await post("/body", jsonType, '{ "name": "abc", "price": "1.5" }');
    assert.deepEqual([wrong[0], pointers(wrong[1])], [422, ["body /price"]]);
    for (const [form, value] of forms) assert.deepEqual(await post("/form", formType, form), [200, value], form);
    const [status, problem] = await read(client.fetch("/form", { method: "POST" }));
    assert.deepEqual([status, pointers(problem)], [422, ["form /title"]]);
  });

  onEveryEdge(`${vendor}: the schema says what becomes of undeclared keys`, build, async (client) => {
    const post = (path: string): Promise<readonly [number, unknown]> =>
      read(client.fetch(path, { method: "POST", headers: jsonType, body: '{ "a": 1, "extra": 2 }' }));
    assert.equal((await post("/strict"))[0], 422);
    assert.equal((await read(client.fetch("/strict?a=1&extra=2")))[0], 422);
    assert.deepEqual(await read(client.fetch("/strict?a=1")), [200, { a: 1 }]);
    const keeps = vendor === "typebox";
    assert.deepEqual(await post("/stripping"), [200, keeps ? { a: 1, extra: 2 } : { a: 1 }]);
    assert.deepEqual(await read(client.fetch("/stripping?a=1&extra=2")), [
      200,
      keeps ? { a: 1, extra: "2" } : { a: 1 },
    ]);
    const kept = undeclared === "keep" ? { extra: "2" } : {};
    assert.deepEqual(await read(client.fetch("/query?count=1&extra=2")), [200, { count: 1, limit: 20, ...kept }]);
  });
}

/** What is refused, by every schema vendor and on both edges: every issue of every place at once, with nothing of the value in it. */

import assert from "node:assert/strict";
import { App } from "apus";
import { onEveryEdge } from "./edges.ts";
import { inputSchemas, type InputSchemas } from "./input-schemas.ts";
import { places, refuse } from "./refusal.ts";

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

  onEveryEdge(
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

  onEveryEdge(`${vendor}: values that do not fit are refused where they stand`, build, async (client) => {
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

  onEveryEdge(
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

  onEveryEdge(`${vendor}: nothing of a rejected value is in the answer`, build, async (client) => {
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

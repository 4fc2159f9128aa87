/** Attacks on JSON: keys that reach prototypes, text that is none, depth and numbers, each named after what taught it. */

import assert from "node:assert/strict";
import { assertPosted, attack, takeRuns } from "./attack-target.ts";

const goodItem = JSON.stringify({ name: "swift", price: 1 });

const poison = [
  '{"__proto__":{}}',
  '{"__proto__":null}',
  '[[{"a":{"__proto__":{"isAdmin":true}}}]]',
  '{"\\u005f\\u005fproto\\u005f\\u005f":{"isAdmin":true}}',
  '{"constructor":{"prototype":{}}}',
  '{"a":{"constructor":{"prototype":{"isAdmin":true}}}}',
  '{"\\u0063onstructor":{"proto\\u0074ype":{}}}',
];

attack(
  "89 onProtoPoisoning: keys that reach prototypes are a 400 at any depth and in any spelling",
  async (attacked) => {
    for (const text of poison) {
      const answer = await assertPosted(attacked, 400, ["/json", text, "application/json"]);
      assert.equal(((await answer.json()) as { code?: string }).code, "json-key");
      await assertPosted(attacked, 400, ["/item", text, "application/json"]);
    }
    await assertPosted(attacked, 200, [
      "/json",
      '{"constructor":"me","prototype":1,"proto":"__proto__"}',
      "application/json",
    ]);
    takeRuns(attacked, [{ constructor: "me", prototype: 1, proto: "__proto__" }]);
    assert.equal(({} as { isAdmin?: boolean }).isAdmin, undefined);
  },
);

attack("96 invalid JSON is a 400 that says where and repeats nothing", async (attacked) => {
  for (const text of ["{", "[1,]", '{"a":secret}', "'secret'", "nul", "\u0000", '"\t"', "[1]x", "// x", "{,}"]) {
    const answer = await assertPosted(attacked, 400, ["/json", text, "application/json"]);
    const problem = (await answer.json()) as { code: string; detail: string };
    assert.equal(problem.code, "json-syntax");
    assert.doesNotMatch(JSON.stringify(problem), /secret/);
  }
  const invalid = await assertPosted(attacked, 400, ["/json", new Uint8Array([0x22, 0xff, 0x22]), "application/json"]);
  assert.equal(((await invalid.json()) as { code: string }).code, "json-utf8");
});

attack("97 NaN and Infinity are neither JSON nor numbers of a query", async (attacked) => {
  for (const text of ["NaN", "Infinity", "-Infinity", '{"name":"a","price":NaN}', "[1e]", "0x10", "+1", "01", "1_0"]) {
    await assertPosted(attacked, 400, ["/json", text, "application/json"]);
  }
  await assertPosted(attacked, 422, ["/item", '{"name":"a","price":1e999}', "application/json"]);
  for (const text of ["NaN", "Infinity", "-Infinity", "1e999", "0x10", "1_0", "", "%20", "%2B1"]) {
    assert.equal((await attacked.client.fetch(`/numbers?n=${text}`)).status, 422, text);
  }
});

attack("98 an empty body is a 422 where one is required, a byte order mark a 400", async (attacked) => {
  await assertPosted(attacked, 422, ["/item", "", "application/json"]);
  assert.equal((await attacked.client.fetch("/item", { method: "POST" })).status, 422);
  for (const text of ["\ufeff", `\ufeff${goodItem}`, " ", "\r\n"])
    await assertPosted(attacked, 400, ["/item", text, "application/json"]);
});

attack("129 CVE-2025-59466: JSON deeper than 64 levels is a 400 before anything is built", async (attacked) => {
  for (const [open, close] of [
    ["[", "]"],
    ['{"a":', "}"],
  ] as const) {
    const nest = (depth: number): string => `${open.repeat(depth)}1${close.repeat(depth)}`;
    await assertPosted(attacked, 200, ["/json", nest(64), "application/json"]);
    attacked.runs.pop();
    for (const text of [nest(65), nest(10_000), open.repeat(10_000)]) {
      const answer = await assertPosted(attacked, 400, ["/json", text, "application/json"]);
      assert.equal(((await answer.json()) as { code: string }).code, "json-depth");
    }
  }
});

attack("130 CVE-2026-21717: many keys that look like integers are read like others", async (attacked) => {
  const text = `{${Array.from({ length: 5_000 }, (_, index) => `"${index * 1_024}":0`).join(",")}}`;
  await assertPosted(attacked, 200, ["/json", text, "application/json"]);
  assert.equal(Object.keys(attacked.runs.pop() as object).length, 5_000);
});

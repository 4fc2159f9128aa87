/** docs/inputs.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import type * as api from "./inputs.ts";
import { app } from "./inputs.ts";

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly { readonly in: string; readonly pointer: string; readonly code: string }[];
}

async function send(path: string, init: RequestInit = {}): Promise<{ status: number; body: Problem }> {
  const response = await app.fetch(new Request(`http://localhost${path}`, init));
  return { status: response.status, body: (await response.json()) as Problem };
}

function post(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  type = "application/json",
): ReturnType<typeof send> {
  return send(path, { method: "POST", body, headers: type === "" ? {} : { "content-type": type } });
}

const form = "application/x-www-form-urlencoded";

describe("docs/inputs.md: places", () => {
  test("are typed and coerced", async () => {
    await using client = await testClient<typeof api>(app);
    const stock = await client.put("/stock/{sku}", {
      path: { sku: "tea" },
      query: { notify: true, tag: ["new", "hot"] },
      headers: { "x-terminal": 4 },
      cookies: { session: "0123456789" },
      body: { amount: 3 },
    });
    assert.deepEqual(stock, { sku: "tea", notify: true, tags: ["new", "hot"], terminal: 4, session: 10, amount: 3 });
  });

  test("one answer has every issue of every place", async () => {
    const { status, body } = await send("/stock/coffee?notify=maybe", {
      method: "PUT",
      body: '{"amount":-1}',
      headers: { "content-type": "application/json", "X-Terminal": "left", cookie: "session=short" },
    });
    assert.equal(status, 422);
    assert.deepEqual(
      body.errors?.map((issue) => [issue.in, issue.pointer]),
      [
        ["path", "/sku"],
        ["query", "/notify"],
        ["header", "/x-terminal"],
        ["cookie", "/session"],
        ["body", "/amount"],
      ],
    );
    assert.equal(JSON.stringify(body).includes("maybe"), false);
  });
});

const coerced: readonly (readonly [query: string, value: unknown])[] = [
  ["integer=5", 5],
  ["integer=-007", -7],
  ["integer=5.0", undefined],
  ["integer=%2B5", undefined],
  ["integer=9007199254740993", undefined],
  ["integer=", undefined],
  ["number=1.5", 1.5],
  ["number=2e3", 2000],
  ["number=Infinity", undefined],
  ["number=0x10", undefined],
  ["boolean=true", true],
  ["boolean=ON", true],
  ["boolean=1", true],
  ["boolean=n", false],
  ["boolean=maybe", undefined],
  ["text=5", "5"],
  ["text=", ""],
  ["size=m", "m"],
  ["level=2", 2],
  ["level=3", undefined],
  ["empty=", null],
  ["list=1&list=2", [1, 2]],
  ["list=1", [1]],
  ["list=1,2", undefined],
  ["either=7", 7],
  ["either=yes", true],
];

describe("docs/inputs.md: texts", () => {
  for (const [query, value] of coerced) {
    const name = query.slice(0, query.indexOf("="));
    test(`?${query} → ${JSON.stringify(value) ?? "422"}`, async () => {
      const { status, body } = await send(`/coerce?${query}`);
      if (value === undefined) assert.equal(status, 422);
      else assert.deepEqual(body, { [name]: value });
    });
  }

  test("a scalar that is sent twice is refused", async () => {
    const { status, body } = await send("/coerce?integer=1&integer=2");
    assert.equal(status, 422);
    assert.deepEqual(
      body.errors?.map(({ pointer, code }) => [pointer, code]),
      [["/integer", "repeated"]],
    );
  });

  test("the schema decides about names that it does not declare", async () => {
    assert.deepEqual((await send("/coerce?other=1")).body, {});
    assert.equal((await send("/strict?other=1")).status, 422);
    assert.deepEqual((await send("/loose?other=1&many=1&many=2")).body, { other: "1", many: ["1", "2"] });
    assert.deepEqual((await send("/loose?__proto__=1&constructor=2")).body, {});
  });

  test("a query is well formed and has at most 1000 parameters", async () => {
    assert.equal((await send("/coerce?text=%ff")).status, 400);
    assert.equal((await send(`/loose?${"a=1&".repeat(1001)}`)).status, 400);
    assert.equal((await send(`/loose?${"a=1&".repeat(1000)}`)).status, 200);
  });
});

describe("docs/inputs.md: forms", () => {
  test("are coerced, and empty fields count as not sent", async () => {
    assert.deepEqual((await post("/login", "name=Ada+L&age=&remember=on", form)).body, {
      name: "Ada L",
      remember: true,
    });
    assert.equal((await post("/login", "name=", form)).status, 422);
  });

  test("have their content type and limit", async () => {
    assert.equal((await post("/login", "{}", "application/json")).status, 415);
    assert.equal((await post("/login", `name=${"x".repeat(1_000)}`, form)).status, 413);
  });
});

const bodies: readonly (readonly [name: string, text: string, status: number, code?: string])[] = [
  ["JSON", '{"a":1}', 200],
  ["a repeated key, of which the last one counts", '{"a":1,"a":2}', 200],
  ["a syntax error", '{"a":}', 400, "json-syntax"],
  ["a byte order mark", "\ufeff{}", 400, "json-syntax"],
  ["NaN", "NaN", 400, "json-syntax"],
  ["the key __proto__", '{"__proto__":{}}', 400, "json-key"],
  ["constructor.prototype", '{"constructor":{"prototype":{}}}', 400, "json-key"],
  ["64 levels", "[".repeat(64) + "]".repeat(64), 200],
  ["65 levels", "[".repeat(65) + "]".repeat(65), 400, "json-depth"],
];

describe("docs/inputs.md: JSON", () => {
  for (const [name, text, status, code] of bodies) {
    test(`${name} → ${status}`, async () => {
      const answer = await post("/echo", text);
      assert.equal(answer.status, status);
      if (code !== undefined) assert.equal(answer.body.code, code);
    });
  }

  test("says where a syntax error is", async () => {
    const { body } = await post("/echo", '{\n  "a": 1,\n  oops\n}');
    assert.match(body.detail ?? "", /at line 3, column 3\.$/);
  });

  test("is UTF-8", async () => {
    assert.equal((await post("/echo", new Uint8Array([0x22, 0xff, 0x22]))).body.code, "json-utf8");
    assert.equal((await post("/echo", '"ü"', "application/json; charset=latin1")).status, 415);
    assert.equal((await post("/echo", '"ü"', "application/vnd.shop+json; charset=utf-8")).status, 200);
  });

  test("has a content type, and no content encoding", async () => {
    assert.equal((await post("/echo", "{}", "text/plain")).status, 415);
    const headers = { "content-type": "application/json", "content-encoding": "gzip" };
    assert.equal((await send("/echo", { method: "POST", body: "{}", headers })).status, 415);
  });

  test("that is missing is one issue at the root", async () => {
    const { status, body } = await send("/stock/tea", {
      method: "PUT",
      headers: { "x-terminal": "1", cookie: "session=0123456789" },
    });
    assert.equal(status, 422);
    assert.deepEqual(body.errors, [{ in: "body", pointer: "", message: "is required", code: "missing" }]);
  });

  test("is limited to 1 MiB", async () => {
    assert.equal((await post("/echo", JSON.stringify("x".repeat(1_048_576)))).status, 413);
  });
});

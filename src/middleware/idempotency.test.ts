/** idempotency(): one run for each key, its answer to every repetition, and nothing for strangers. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { fieldOf, plainRequest, readText, type PlainRequestInit } from "../../test/journey/plain-request.ts";
import {
  createMemoryIdempotencyStore,
  idempotency,
  type IdempotencyOptions,
  type IdempotencyStore,
} from "./idempotency.ts";

type Answer = (request: HttpRequest) => Promise<Partial<HttpResponse>>;

/** A server of one middleware that counts what runs. */
function serve(options: IdempotencyOptions = {}, answer: Answer = async () => ({})) {
  const middleware = idempotency(options);
  const state = { runs: 0 };
  const send = async (key: string | undefined, init: PlainRequestInit & { readonly target?: string } = {}) => {
    const { target = "/orders", headers = {}, method = "POST", body = '{"a":1}', ...rest } = init;
    const all = key === undefined ? headers : { ...headers, "idempotency-key": key };
    const content = method === "GET" ? {} : { body };
    const request = plainRequest(target, { ...rest, ...content, method, headers: all });
    return middleware(request, async (changed = request) => {
      state.runs += 1;
      const body_ = `run ${state.runs}`;
      return { status: 201, headers: [["content-type", "text/plain"]], body: body_, ...(await answer(changed)) };
    });
  };
  return { state, send };
}

const refused =
  (status: number) =>
  (error: HttpError): boolean =>
    error.status === status;

test("a repeated request gets the first answer, marked, and does not run", async () => {
  const { state, send } = serve();
  const first = await send("k1");
  assert.equal(fieldOf(first, "idempotent-replayed"), undefined);
  const second = await send("k1");
  assert.deepEqual([second.status, second.body, fieldOf(second, "content-type")], [201, "run 1", "text/plain"]);
  assert.equal(fieldOf(second, "idempotent-replayed"), "true");
  assert.equal(state.runs, 1);
  assert.equal((await send("k2")).body, "run 2");
  assert.equal((await send('"k1"')).body, "run 1", "the quoted form of the draft is the same key");
});

test("without a key, and of other methods, everything runs", async () => {
  const { state, send } = serve();
  for (let round = 0; round < 2; round += 1) {
    await send(undefined);
    await send("k", { method: "GET" });
    await send("k", { method: "PUT" });
  }
  assert.equal(state.runs, 6);
  const { send: sendPut } = serve({ methods: ["PUT"] });
  await sendPut("k", { method: "PUT" });
  assert.equal((await sendPut("k", { method: "PUT" })).body, "run 1");
  await assert.rejects(serve({ required: true }).send(undefined), refused(400));
});

test("the same key for another request is 422: method, path, query, content type or content", async () => {
  const { state, send } = serve();
  await send("k");
  for (const init of [
    { method: "PATCH" },
    { target: "/other" },
    { target: "/orders?x" },
    { body: '{"a":2}' },
    { headers: { "content-type": "application/json" } },
  ]) {
    await assert.rejects(send("k", init), refused(422), JSON.stringify(init));
  }
  assert.equal(state.runs, 1);
});

test("many at once: one runs, the others are told to come again", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  const { state, send } = serve({}, async () => {
    await gate;
    return {};
  });
  const all = Array.from({ length: 50 }, () => send("k"));
  const refusals = await Promise.all(all.slice(1).map((sent) => sent.catch((error: unknown) => error as HttpError)));
  for (const refusal of refusals) {
    assert.ok(refusal instanceof HttpError);
    assert.deepEqual([refusal.status, refusal.headers["retry-after"]], [409, "1"]);
  }
  await assert.rejects(send("k", { body: "other" }), refused(422), "another request is told so at once");
  open();
  assert.equal((await all[0])?.body, "run 1");
  assert.equal((await send("k")).body, "run 1");
  assert.equal(state.runs, 1);
});

test("the route reads the same content, once, in both ways", async () => {
  const contents: string[] = [];
  const { send } = serve({}, async ({ body }) => {
    if (contents.length === 0) contents.push(Buffer.from(await body.bytes(100)).toString());
    else contents.push(await readText(body.stream()));
    assert.equal(body.length, 7);
    assert.throws(() => body.bytes(100), /read already/);
    return {};
  });
  await send("a");
  await send("b");
  assert.deepEqual(contents, ['{"a":1}', '{"a":1}']);
  const { send: small } = serve({}, async ({ body }) => ({ body: await body.bytes(6) }));
  await assert.rejects(small("k"), refused(413));
});

test("content over the limit is 413, and the key stays free", async () => {
  const { state, send } = serve({ bodyLimit: 5 });
  await assert.rejects(send("k"), refused(413));
  assert.equal(state.runs, 0);
  assert.equal((await send("k", { body: "short" })).body, "run 1");
});

test("keys that are none are 400", async () => {
  const { state, send } = serve();
  for (const key of [
    "",
    '""',
    "a b",
    "a,b",
    "a, b",
    'a"b',
    "a\\b",
    '"a',
    "é",
    "x".repeat(256),
    `"${"x".repeat(256)}"`,
  ]) {
    await assert.rejects(send(key), refused(400), key);
  }
  assert.equal(state.runs, 0);
  await send("x".repeat(255));
  await send("__proto__");
});

test("users cannot read each other's answers", async () => {
  const { send } = serve();
  await send("k", { headers: { authorization: "Bearer a" } });
  assert.equal((await send("k", { headers: { authorization: "Bearer b" } })).body, "run 2");
  assert.equal((await send("k")).body, "run 3");
  assert.equal((await send("k", { headers: { authorization: "Bearer a", cookie: "x=1" } })).body, "run 1");
  const { send: scoped } = serve({ scope: (request) => request.headers.get("x-user") ?? "" });
  await scoped("k", { headers: { "x-user": "a", authorization: "Bearer 1" } });
  assert.equal((await scoped("k", { headers: { "x-user": "a", authorization: "Bearer 2" } })).body, "run 1");
  assert.equal((await scoped("k", { headers: { "x-user": "b" } })).body, "run 2");
});

test("without authorization cookies decide who may have the answer, and others do not run it again", async () => {
  const { state, send } = serve();
  await send("k", { headers: { cookie: "session=a" } });
  assert.equal((await send("k", { headers: { cookie: "session=a" } })).body, "run 1");
  for (const cookie of ["session=b", "session=a; theme=dark", ""]) {
    await assert.rejects(send("k", { headers: cookie === "" ? {} : { cookie } }), refused(422), cookie);
  }
  assert.equal(state.runs, 1);
  const { send: scoped } = serve({ scope: () => "user 7" });
  await scoped("k", { headers: { cookie: "session=a" } });
  assert.equal((await scoped("k", { headers: { cookie: "session=b" } })).body, "run 1");
});

test("errors of the server, and answers about the moment, free the key", async () => {
  for (const status of [500, 503, 401, 403, 408, 409, 425, 429, 499]) {
    let next = status;
    const { send } = serve({}, async () => ({ status: next }));
    assert.equal((await send("k")).status, status);
    next = 201;
    assert.equal((await send("k")).body, "run 2", String(status));
  }
  for (const status of [204, 303, 400, 404, 422]) {
    const { send } = serve({}, async () => ({ status }));
    await send("k");
    assert.deepEqual([(await send("k")).status, (await send("k")).body], [status, "run 1"]);
  }
  let fails = true;
  const { send } = serve({}, async () => {
    if (fails) throw new Error("the route");
    return {};
  });
  await assert.rejects(send("k"), /the route/);
  fails = false;
  assert.equal((await send("k")).body, "run 2");
});

test("set-cookie is not sent again, other fields are", async () => {
  const headers = [
    ["location", "/1"],
    ["set-cookie", "s=1"],
    ["Set-Cookie", "t=1"],
    ["date", "today"],
  ] as const;
  const { send } = serve({}, async () => ({ headers }));
  assert.deepEqual((await send("k")).headers, headers);
  assert.deepEqual((await send("k")).headers, [
    ["location", "/1"],
    ["idempotent-replayed", "true"],
  ]);
});

test("streams and large answers are sent, not kept, and do not run again", async () => {
  const stream = async function* (): AsyncIterable<Uint8Array> {
    yield Buffer.from("a");
  };
  for (const body of [stream(), "x".repeat(11), "é".repeat(6), Buffer.alloc(11)]) {
    const { state, send } = serve({ answerLimit: 10 }, async () => ({ body }));
    assert.equal((await send("k")).body, body);
    await assert.rejects(send("k"), (error: HttpError) => error.status === 409 && /not kept/.test(error.message));
    assert.equal(state.runs, 1);
  }
});

test("kept bytes are a copy", async () => {
  const bytes = Buffer.from("first");
  const { send } = serve({}, async () => ({ body: bytes }));
  await send("k");
  bytes.fill(0);
  assert.equal(await readText((await send("k")).body), "first");
});

test("an answer is kept for its time, and a lease ends", async () => {
  const clock = { now: 0 };
  const store = createMemoryIdempotencyStore({ clock: () => clock.now });
  const { promise: gate, resolve: open } = Promise.withResolvers<void>();
  let waits = true;
  const { send } = serve({ store, ttl: 1_000, lease: 100 }, async () => {
    if (waits) await gate;
    return {};
  });
  const first = send("k");
  await new Promise((resolve) => setImmediate(resolve));
  clock.now = 99;
  await assert.rejects(send("k"), refused(409));
  clock.now = 100;
  waits = false;
  assert.equal((await send("k")).body, "run 2", "the first run no longer holds the key");
  open();
  await first;
  assert.equal((await send("k")).body, "run 2", "and may not settle it");
  clock.now = 1_099;
  assert.equal((await send("k")).body, "run 2");
  clock.now = 1_100;
  assert.equal((await send("k")).body, "run 3");
});

test("a store that fails: nothing runs before the claim, nothing is lost after it", async () => {
  const failing = (method: keyof IdempotencyStore): IdempotencyStore => {
    const inner = createMemoryIdempotencyStore();
    const fail = async (): Promise<never> => {
      throw new Error("connection lost");
    };
    const whole: IdempotencyStore = {
      claim: (key, claim) => inner.claim(key, claim),
      settle: (key, owner, answer) => inner.settle(key, owner, answer),
      release: (key, owner) => inner.release(key, owner),
    };
    return { ...whole, [method]: fail };
  };
  const { state, send } = serve({ store: failing("claim") });
  await assert.rejects(send("k"), (error: HttpError) => error.status === 503 && error.cause instanceof Error);
  assert.equal(state.runs, 0);
  for (const [method, status] of [
    ["settle", 201],
    ["release", 500],
  ] as const) {
    const warned = once(process, "warning");
    const { send: sendLater } = serve({ store: failing(method) }, async () => ({ status }));
    assert.equal((await sendLater("k")).status, status);
    assert.match(((await warned) as [Error])[0].message, /idempotency\(\) failed/);
    await assert.rejects(sendLater("k"), refused(409));
  }
});

test("wrong options are refused when it is made", () => {
  const refusedOptions: readonly (readonly [unknown, RegExp])[] = [
    [{ header: "a b" }, /header.*"a b"/],
    [{ ttl: 0 }, /ttl.*0/],
    [{ methods: [] }, /methods/],
    [{ methods: ["post"] }, /methods.*upper case/],
    [{ required: 1 }, /required.*true or false/],
    [{ scope: "user" }, /scope.*function/],
    [{ store: new Map() }, /store.*claim, settle, release/],
    [{ bodyLimit: "1mb" }, /bodyLimit/],
    [{ key: "a" }, /key/],
  ];
  for (const [options, message] of refusedOptions) {
    assert.throws(
      () => idempotency(options as IdempotencyOptions),
      (error: ApusError) => error.code === "APUS_BAD_OPTION" && message.test(error.message),
      JSON.stringify(options),
    );
  }
  assert.doesNotThrow(() => idempotency({ ttl: undefined } as unknown as IdempotencyOptions));
});

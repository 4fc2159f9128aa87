/** The journey's promises to engines: it never rejects, it loses no error, and what it gives can be written. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import type { HttpResponse } from "../http/http-response.ts";
import { createLogger, type LogRecord } from "../log/logger.ts";
import type { Middleware } from "../middleware/middleware.ts";
import { App } from "./app.ts";
import { z } from "zod";
import { currentRequest } from "../http/current-request.ts";
import { fail } from "../errors/http-error.ts";
import { reply, text } from "../operation/reply.ts";
import { Router } from "./router.ts";

interface Journey {
  readonly app: App;
  readonly records: LogRecord[];
  readonly get: (path?: string) => Promise<Response>;
}

function build(...middleware: readonly unknown[]): Journey {
  const records: LogRecord[] = [];
  const app = new App({ docs: false, health: false, log: createLogger((record) => records.push(record)) });
  for (const one of middleware) app.use(one as Middleware);
  const get = (path = "/x"): Promise<Response> => app.fetch(new Request(`http://test${path}`));
  return { app, records, get };
}

function failure({ records }: Journey): string {
  const { error } = records.find(({ level }) => level === "error")?.fields ?? {};
  return String((error as Error | undefined)?.message);
}

const answer = (given: object) => (): HttpResponse => ({ status: 200, headers: [], body: null, ...given });

const broken: readonly (readonly [string, unknown, RegExp])[] = [
  ["nothing", () => undefined, /A middleware returned undefined/],
  ["null", () => null, /A middleware returned null/],
  ["a status that HTTP has not", answer({ status: 1000 }), /the status 1000/],
  ["a status before the answer", answer({ status: 103 }), /the status 103/],
  ["a status that is text", answer({ status: "200" }), /the status 200: it is an integer/],
  ["a body that is an object", answer({ body: { a: 1 } }), /body that is neither/],
  ["no body at all", answer({ body: undefined }), /body that is neither/],
  ["no headers", answer({ headers: undefined }), /iterable/],
  ["a circular problem", () => fail(400, circular()), /circular/],
];

function circular(): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
}

for (const [name, middleware, expected] of broken) {
  for (const place of ["app", "router"]) {
    test(`${name}, returned by middleware of the ${place}, is a logged 500`, async () => {
      const journey = build(...(place === "app" ? [middleware] : []));
      const router = new Router();
      if (place === "router") router.use(middleware as Middleware);
      router.get("/x", () => 1);
      journey.app.include(router);
      const response = await journey.get();
      assert.equal(response.status, 500);
      assert.match(failure(journey), expected);
      await journey.app.stop();
    });
  }
}

test("what inner middleware throws is an answer for the middleware around it", async () => {
  const mark: Middleware = async (_request, next) => {
    const response = await next();
    return { ...response, headers: [...response.headers, ["x-mark", "1"]] };
  };
  const { app, get } = build(mark, () => fail(400));
  app.get("/x", () => 1);
  const response = await get();
  assert.equal(response.status, 400);
  assert.equal(response.headers.get("x-mark"), "1");
  await app.stop();
});

test("a copy of the request, made by spreading, keeps its signal and address", async () => {
  const seen: unknown[] = [];
  const { app, get } = build(((request, next) => next({ ...request, path: "/y" })) satisfies Middleware);
  app.get("/y", ({ signal, request }) => seen.push(signal instanceof AbortSignal, request.remoteAddress));
  const inner = new App({ log: false }).use((request, next) => next({ ...request, query: "a=1" }));
  inner.get("/z", ({ signal, request }) => [signal.aborted, request.query]);
  app.mount("/y/in", inner);
  assert.equal((await get()).status, 200);
  assert.deepEqual(seen, [true, ""]);
  await app.stop();
});

test("a second next() begins the answer anew", async () => {
  const twice: Middleware = async (_request, next) => {
    await next();
    return next();
  };
  const { app, get } = build(twice);
  const router = new Router().use(twice);
  let runs = 0;
  router.get("/x", ({ response }) => {
    runs += 1;
    response.appendHeader("x-run", String(runs));
    return runs;
  });
  app.include(router);
  const response = await get();
  assert.equal(response.headers.get("x-run"), "4");
  assert.equal(await response.json(), 4);
  await app.stop();
});

test("framing fields in any case never pass, and there is one request id", async () => {
  const headers = [
    ["Content-Length", "3"],
    ["X-Request-Id", "forged"],
    ["X-Kept", "1"],
  ] as const;
  const { app } = build(async (_request: unknown, next: () => Promise<HttpResponse>) => ({
    ...(await next()),
    headers,
  }));
  app.get("/x", () => "hello");
  const server = await app.listen({ port: 0, signals: false, idleGrace: 0 });
  const response = await fetch(`${server.url}/x`);
  assert.equal(response.headers.get("content-length"), "7");
  assert.equal(response.headers.get("x-kept"), "1");
  assert.match(response.headers.get("x-request-id") ?? "", /^[A-Za-z0-9-]{12}\.[0-9a-z]+$/);
  assert.equal(await response.text(), '"hello"');
  await server.stop();
});

test("a stream that cannot leave is let go", async () => {
  let cancelled = 0;
  const body = new ReadableStream({
    cancel() {
      cancelled += 1;
    },
  });
  const { app, get } = build(answer({ status: 204, body }));
  assert.equal((await get()).status, 204);
  await Promise.resolve();
  assert.equal(cancelled, 1);
  await app.stop();
});

test("a schema of an error that throws is logged with the error that it was for", async () => {
  const journey = build();
  const schema = {
    "~standard": {
      version: 1,
      vendor: "test",
      validate: () => assert.fail("the schema broke"),
      jsonSchema: { input: () => ({ type: "object" }), output: () => ({ type: "object", properties: {} }) },
    },
  } as const;
  journey.app.get("/x", { errors: { 404: schema } }, () => fail(404, "no such thing"));
  assert.equal((await journey.get()).status, 500);
  const { error } = journey.records[0]?.fields ?? {};
  assert.deepEqual(
    (error as AggregateError).errors.map(({ message }) => message),
    ["the schema broke", "no such thing"],
  );
  await journey.app.stop();
});

test("extension members of a problem carry bigints and cannot contradict the status", async () => {
  const { app, get } = build();
  app.get("/x", () => fail(404, { id: 12n, status: 200 }));
  const response = await get();
  assert.deepEqual(await response.json(), { type: "about:blank", title: "Not Found", status: 404, id: "12" });
  await app.stop();
});

test("an error that is returned instead of thrown, and bytes, are not taken for JSON", async () => {
  for (const [value, expected] of [
    [new Error("private"), /throw it instead/],
    [Buffer.from("x"), /bytes have no JSON form/],
    [new ArrayBuffer(1), /bytes have no JSON form/],
  ] as const) {
    const journey = build();
    journey.app.get("/x", () => value);
    assert.equal((await journey.get()).status, 500);
    assert.match(failure(journey), expected);
    await journey.app.stop();
  }
});

test("what is returned has the last word on the content type", async () => {
  const { app, get } = build();
  const answers: Record<string, () => unknown> = {
    content: () => text("x", { headers: { "content-type": "text/csv" } }),
    value: () => reply(200, "x", { headers: { "content-type": "text/csv" } }),
    platform: () => new Response("x", { headers: { "content-type": "text/csv" } }),
  };
  app.get("/{kind}", ({ path, response }) => {
    response.setHeader("content-type", "text/plain");
    response.setHeader("x-kept", "1");
    return answers[path.kind]?.();
  });
  for (const kind of Object.keys(answers)) {
    const { headers } = await get(`/${kind}`);
    assert.deepEqual([headers.get("content-type"), headers.get("x-kept")], ["text/csv", "1"], kind);
  }
  await app.stop();
});

test("a logger that throws costs a warning, not the connection", async () => {
  const app = new App({
    log: createLogger(() => {
      throw new Error("the disk is full");
    }),
  });
  app.get("/x", () => "hello");
  const warned = once(process, "warning");
  assert.equal(await (await app.fetch(new Request("http://test/x"))).json(), "hello");
  assert.match(String((await warned)[0]), /the disk is full/);
  await app.stop();
});

test("the source of a stream runs inside its request, and ends with it", async () => {
  const { app, get } = build();
  const seen: unknown[] = [];
  app.get("/x", ({ requestId }) => {
    const pull = (controller: ReadableStreamDefaultController): void => {
      seen.push(currentRequest.getStore()?.requestId === requestId);
      controller.enqueue(new Uint8Array(3));
    };
    const cancel = (): void => void seen.push("cancelled");
    return new Response(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }));
  });
  const reader = (await get()).body?.getReader();
  assert.equal((await reader?.read())?.value?.length, 3);
  await reader?.cancel();
  assert.equal(seen[0], true);
  assert.equal(seen.at(-1), "cancelled");
  await app.stop();
});

test("a plain value is stripped by the response schema whatever status it is given", async () => {
  const { app, get } = build();
  app.get("/x", { response: z.object({ id: z.int() }) }, ({ response }) => {
    response.status = 409;
    const row = { id: 1, password: "x" };
    return row;
  });
  const response = await get();
  assert.equal(response.status, 409);
  assert.deepEqual(await response.json(), { id: 1 });
  await app.stop();
});

/** What a request can end with: thrown, rejected late or twice, not an Error; answered once, logged once, nothing lost. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { App, fail, HttpError, Router, text, ValidationError } from "apus";
import { z } from "zod";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { onEveryEdge } from "./edges.ts";

class OutOfStock extends Error {}
class SoldOut extends OutOfStock {}

function collect(): { readonly app: App; readonly records: LogRecord[] } {
  const records: LogRecord[] = [];
  return { app: new App({ log: createLogger((record) => records.push(record), "debug") }), records };
}

const errorsOf = (records: readonly LogRecord[]): readonly LogRecord[] =>
  records.filter(({ level }) => level === "error");

/** The message of the error of the only line at error level. */
function onlyError(): string {
  const logged = errorsOf(current.records);
  assert.equal(logged.length, 1, JSON.stringify(logged));
  return ((logged[0] as LogRecord).fields["error"] as Error).message;
}

let current = collect();

function buildFailing(): App {
  current = collect();
  const { app } = current;
  app.get("/throws/{id:int}", () => {
    throw new Error("secret detail");
  });
  app.get("/rejects", async () => {
    await sleep(1);
    throw new TypeError("secret detail");
  });
  app.get("/text", () => {
    // oxlint-disable-next-line no-throw-literal, typescript/only-throw-error -- what this case is about
    throw "just text";
  });
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what this case is about
  app.get("/nothing", () => Promise.reject(null));
  app.get("/twice", async () => {
    const second = sleep(2).then(() => Promise.reject(new Error("second")));
    await Promise.all([Promise.reject(new Error("first")), second]);
  });
  app.get("/stream", () => new Response(brokenStream()));
  app.get("/fine", () => "fine");
  return app;
}

function brokenStream(): ReadableStream<Uint8Array> {
  let count = 0;
  return new ReadableStream({
    pull(controller) {
      count += 1;
      if (count > 3) throw new Error("broke in the middle");
      controller.enqueue(new TextEncoder().encode("chunk"));
    },
  });
}

for (const path of ["/throws/1", "/rejects", "/text", "/nothing", "/twice"]) {
  onEveryEdge(
    `${path} is a 500 without detail, logged once with route, id, duration and stack`,
    buildFailing,
    async (client) => {
      const answer = await client.fetch(path, { headers: { "x-request-id": "abc-1" } });
      assert.equal(answer.status, 500);
      assert.equal(answer.headers.get("x-request-id"), "abc-1");
      assert.deepEqual(await answer.json(), { type: "about:blank", title: "Internal Server Error", status: 500 });
      await sleep(20);
      const logged = errorsOf(current.records);
      assert.equal(logged.length, 1, JSON.stringify(logged));
      const { fields } = logged[0] as LogRecord;
      assert.equal(fields["requestId"], "abc-1");
      assert.equal(fields["method"], "GET");
      assert.equal(fields["route"], path === "/throws/1" ? "/throws/{id:int}" : path);
      assert.equal(typeof fields["duration"], "number");
      assert.match((fields["error"] as Error).stack ?? "", /Error/);
      assert.equal((await client.fetch("/fine")).status, 200);
    },
  );
}

test("a promise rejected after its answer is logged once with its request, and ends nothing, at both edges", async () => {
  // In a process of its own: the test runner takes forgotten rejections for failures of the test.
  const path = fileURLToPath(new URL("apps/forgetful-app.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [path]);
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const requestId of ["process-1", "socket-1"]) {
    const [logged, ...more] = lines.filter((line) => line["requestId"] === requestId && line["level"] === "error");
    assert.equal(more.length, 0);
    assert.equal((logged?.["error"] as { message?: string } | undefined)?.message, "forgotten");
    assert.equal(logged?.["route"], "/late");
  }
  assert.equal(lines.filter(({ message }) => message === "still answering: 200").length, 2);
});

onEveryEdge("a body that breaks after the head cuts the answer, and is logged once", buildFailing, async (client) => {
  const answer = await client.fetch("/stream");
  assert.equal(answer.status, 200);
  await assert.rejects(answer.text());
  await sleep(20);
  assert.match(onlyError(), /broke in the middle/);
  assert.equal((await client.fetch("/fine")).status, 200);
});

const NoSuchItem = z.object({ id: z.int() });

function buildDeclared(): App {
  current = collect();
  const { app } = current;
  app.get("/items/{id:int}", { errors: { 404: NoSuchItem, 409: "Taken" } }, ({ path }) => {
    if (path.id === 1) fail(404, { detail: "no item 1", id: 1, secret: "x" });
    if (path.id === 2) fail(409, "taken", { headers: { "retry-after": "5" } });
    if (path.id === 3) fail(404, { id: "not a number" });
    throw new HttpError(410);
  });
  return app;
}

onEveryEdge("fail() answers a problem document, stripped by its declared schema", buildDeclared, async (client) => {
  const missing = await client.fetch("/items/1");
  assert.equal(missing.status, 404);
  assert.equal(missing.headers.get("content-type"), "application/problem+json");
  const base = { type: "about:blank", title: "Not Found", status: 404 };
  assert.deepEqual(await missing.json(), { ...base, detail: "no item 1", id: 1 });
  const taken = await client.fetch("/items/2");
  assert.equal(taken.headers.get("retry-after"), "5");
  assert.equal(((await taken.json()) as { detail: string }).detail, "taken");
  assert.equal((await client.fetch("/items/4")).status, 410);
});

onEveryEdge(
  "a declared error that does not fit its schema is a 500 that the log explains",
  buildDeclared,
  async (client) => {
    const answer = await client.fetch("/items/3");
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /number/);
    await sleep(5);
    assert.match(onlyError(), /404 of \/items\/\{id:int\}.*\/id/);
  },
);

function buildHandled(): App {
  current = collect();
  const { app } = current;
  const shop = new Router({ prefix: "/shop" });
  shop.onError(OutOfStock, (error) => text(`shop: ${error.constructor.name}`, { status: 409 }));
  shop.get("/out", () => Promise.reject(new OutOfStock("out")));
  shop.get("/sold", () => Promise.reject(new SoldOut("sold")));
  shop.get("/error", () => Promise.reject(new Error("other")));
  app.include(shop);
  app.onError(Error, (_error, { requestId }) => text(`app: ${requestId.length > 0}`, { status: 503 }));
  app.onError(SoldOut, () => text("app: sold out", { status: 410 }));
  app.onError(HttpError, (error) => text(`http: ${error.status}`, { status: error.status }));
  app.onError(ValidationError, () => undefined);
  app.get("/sold", () => Promise.reject(new SoldOut("sold")));
  app.get("/out", () => Promise.reject(new OutOfStock("out")));
  app.get("/int/{id:int}", () => 1);
  app.onError(RangeError, () => {
    throw new Error("the handler failed");
  });
  app.get("/range", ({ response }) => {
    response.setHeader("x-secret", "1");
    throw new RangeError("first");
  });
  return app;
}

onEveryEdge(
  "error handlers: innermost router first, then the nearest class; framework errors too",
  buildHandled,
  async (client) => {
    const read = async (path: string): Promise<string> => {
      const answer = await client.fetch(path);
      return `${answer.status} ${await answer.text()}`;
    };
    assert.equal(await read("/shop/out"), "409 shop: OutOfStock");
    assert.equal(await read("/shop/sold"), "409 shop: SoldOut");
    assert.equal(await read("/shop/error"), "503 app: true");
    assert.equal(await read("/sold"), "410 app: sold out");
    assert.equal(await read("/out"), "503 app: true");
    assert.equal(await read("/nowhere"), "404 http: 404");
    assert.equal((await client.fetch("/int/x")).headers.get("content-type"), "application/problem+json");
  },
);

onEveryEdge(
  "an error handler that fails is a 500; what the handler put into the head is gone",
  buildHandled,
  async (client) => {
    const answer = await client.fetch("/range");
    assert.equal(answer.status, 500);
    assert.equal(answer.headers.get("x-secret"), null);
    await sleep(5);
    assert.match(onlyError(), /the handler failed/);
  },
);

function buildBrokenMiddleware(): App {
  const app = new App({ log: false });
  app.use(() => {
    throw new Error("the middleware failed");
  });
  return app;
}

onEveryEdge("middleware that throws is a 500", buildBrokenMiddleware, async (client) => {
  assert.equal((await client.fetch("/x")).status, 500);
});

function buildInjecting(): App {
  current = collect();
  const { app } = current;
  app.use(async (request, next) => {
    const answer = await next();
    return request.path === "/middleware" ? { ...answer, headers: [["x-name", "a\r\nx-evil: 1"]] } : answer;
  });
  app.get("/error", () => fail(409, "taken", { headers: { "x-name": "a\r\nx-evil: 1" } }));
  app.get("/middleware", () => "fine");
  return app;
}

onEveryEdge(
  "a header that would break out of the head is a 500, wherever it comes from",
  buildInjecting,
  async (client) => {
    for (const path of ["/error", "/middleware"]) {
      const answer = await client.fetch(path);
      assert.equal(answer.status, 500, path);
      assert.equal(answer.headers.get("x-evil"), null);
      assert.equal(answer.headers.get("x-name"), null);
    }
    assert.equal((await client.fetch("/fine")).status, 404);
  },
);

function buildWrapped(): App {
  const app = new App({ log: false });
  app.use(async (request, next) => {
    const answer = await next(request);
    return { ...answer, headers: [...answer.headers, ["x-seen", String(answer.status)]] };
  });
  const router = new Router({ prefix: "/inner" });
  router.use(async (request, next) => {
    const answer = await next();
    return { ...answer, headers: [...answer.headers, ["x-inner", request.path]] };
  });
  router.get("/boom", () => Promise.reject(new Error("boom")));
  app.include(router);
  app.get("/int/{id:int}", ({ path }) => path);
  return app;
}

onEveryEdge(
  "app middleware sees 200, 404, 405, 422 and 500; a router's only its own routes",
  buildWrapped,
  async (client) => {
    const seen = async (path: string, method = "GET"): Promise<readonly (string | null)[]> => {
      const { headers } = await client.fetch(path, { method });
      return [headers.get("x-seen"), headers.get("x-inner")];
    };
    assert.deepEqual(await seen("/int/1"), ["200", null]);
    assert.deepEqual(await seen("/nowhere"), ["404", null]);
    assert.deepEqual(await seen("/int/1", "PUT"), ["405", null]);
    assert.deepEqual(await seen("/int/x"), ["422", null]);
    assert.deepEqual(await seen("/inner/boom"), ["500", "/inner/boom"]);
  },
);

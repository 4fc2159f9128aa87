/** `telemetry()`: the spans of a request with everything in it, its figures, its log line; and nothing where it is off. */

import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import { SpanKind, trace } from "@opentelemetry/api";
import { App, dependency, fail } from "apus";
import { httpClient } from "apus/http-client";
import { database } from "apus/sql";
import { telemetry, type TelemetryOptions } from "apus/telemetry";
import { stubUpstream, testClient } from "apus/testing";
import { offload } from "apus/workers";
import { requestChannel } from "../../src/http/trace-channels.ts";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { readTrace } from "./apps/telemetry-jobs.ts";
import { parsePrometheus } from "./prometheus-parser.ts";
import { drawSpans, recordTelemetry, type RecordedSpan } from "./recorded-telemetry.ts";

const recorded = recordTelemetry();
beforeEach(() => recorded.clear());
after(() => offload.close());

const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

function find(name: string): RecordedSpan {
  const span = recorded.spans.find((candidate) => candidate.name === name);
  return span ?? assert.fail(`no span ${name} in\n${drawSpans(recorded.spans).join("\n")}`);
}

async function openShop(options: TelemetryOptions = {}) {
  const upstream = await stubUpstream({ "GET /prices/{id}": () => ({ amount: 5 }) });
  const db = database<{ items: { id: number; name: string } }>({ url: "sqlite::memory:" });
  const prices = httpClient({ baseUrl: upstream.url, name: "prices" });
  const observed = telemetry({ pools: { shop: db, prices }, ...options });
  const lines: LogRecord[] = [];
  const log = createLogger((line) => lines.push(line));
  const app = new App({ docs: false, log, use: [observed] });
  const caller = dependency({ name: "caller" }, async () => "somebody");
  const greeting = dependency({ name: "greeting", use: { caller } }, (input) => `hello ${input.caller}`);
  app.get("/items/{id:int}", { use: { greeting, db, prices } }, async (input) => {
    await input.db.execute("select 'secret', ? as id", [input.path.id]);
    await input.prices.get("/prices/{id}", { path: { id: "tea" } });
    const own = trace.getTracer("own").startSpan("own work");
    own.end();
    return { trace: await readTrace() };
  });
  app.get("/gone", () => fail(404));
  app.get("/broken", { use: { greeting } }, () => {
    throw new TypeError("no such thing");
  });
  app.get("/metrics", { use: { observed }, hidden: true }, (input) => input.observed.metrics());
  const client = await testClient(app);
  return {
    app,
    client,
    lines,
    upstream,
    async [Symbol.asyncDispose]() {
      await client.close();
      await upstream.close();
    },
  };
}

describe("traces", () => {
  test("a request's steps are spans below it, across a dependency, a statement, a call and a worker", async () => {
    await using shop = await openShop();
    const answer = await shop.client.fetch("/items/7?token=hush&page=2", { headers: { traceparent } });
    const body = (await answer.json()) as { trace: string };
    assert.equal(answer.status, 200, JSON.stringify(shop.lines.map(({ fields }) => String(fields["error"]))));
    assert.deepEqual(drawSpans(recorded.spans), [
      "GET /items/{id:int}",
      "  dependency caller",
      "  dependency greeting",
      "  handler",
      "    SELECT",
      "    GET",
      "    own work",
      "    offload readTrace",
      "  serialize",
    ]);
    assert.ok(
      recorded.spans.every(({ ends, failed, context }) => ends === 1 && !failed && context.traceId === traceId),
    );
    const server = find("GET /items/{id:int}");
    assert.equal(server.parentId, "b7ad6b7169203331");
    assert.equal(server.kind, SpanKind.SERVER);
    const { attributes } = server;
    assert.equal(attributes["http.route"], "/items/{id:int}");
    assert.equal(attributes["http.request.method"], "GET");
    assert.equal(attributes["http.response.status_code"], 200);
    assert.equal(attributes["url.path"], "/items/7");
    assert.equal(attributes["url.scheme"], "http");
    assert.doesNotMatch(String(attributes["url.query"]), /hush/);
    assert.deepEqual(find("SELECT").attributes, {
      "db.system.name": "sqlite",
      "db.operation.name": "SELECT",
      "db.query.text": "select ?, ? as id",
    });
    const call = find("GET");
    assert.equal(call.kind, SpanKind.CLIENT);
    assert.equal(call.attributes["http.response.status_code"], 200);
    assert.equal(call.attributes["url.full"], `${shop.upstream.url}/prices/tea`);
    const sent = new Headers(shop.upstream.calls[0]?.headers as Record<string, string>).get("traceparent");
    assert.equal(sent, `00-${traceId}-${call.context.spanId}-01`);
    assert.equal(body.trace, `00-${traceId}-${find("offload readTrace").context.spanId}-01`);
  });

  test("a trace that begins here is in the log line", async () => {
    await using shop = await openShop();
    await (await shop.client.fetch("/gone")).text();
    const { context, parentId, failed } = find("GET /gone");
    assert.equal(parentId, undefined);
    assert.equal(failed, false, "a refusal is no error of the server");
    const line = shop.lines.find(({ message }) => message === "GET /gone 404");
    assert.equal(line?.fields["traceId"], context.traceId);
  });

  test("an error is on the span of the handler and of the request", async () => {
    await using shop = await openShop();
    await (await shop.client.fetch("/broken")).text();
    for (const name of ["handler", "GET /broken"]) {
      const { failed, exceptions, attributes, ends } = find(name);
      assert.deepEqual([failed, ends], [true, 1]);
      assert.match(String(exceptions[0]), /no such thing/);
      assert.equal(attributes["error.type"], name === "handler" ? "TypeError" : "500");
    }
  });

  test("what no route has, and what no one calls a method, has a name that nobody can choose", async () => {
    await using shop = await openShop();
    await (await shop.client.fetch("/no/such/path")).text();
    await (await shop.client.fetch("/items/7", { method: "BREW" })).text();
    assert.deepEqual(
      recorded.spans.map(({ name }) => name),
      ["GET", "HTTP"],
    );
    assert.equal(recorded.spans[1]?.attributes["http.request.method_original"], "BREW");
  });

  test("two apps of one process make each span once, also when the first one ends", async () => {
    const first = await openShop();
    await using second = await openShop();
    await (await second.client.fetch("/gone")).text();
    await first[Symbol.asyncDispose]();
    await (await second.client.fetch("/gone")).text();
    assert.equal(recorded.spans.filter(({ name }) => name === "GET /gone").length, 2);
  });
});

describe("metrics", () => {
  test("are instruments of OpenTelemetry", async () => {
    await using shop = await openShop();
    await (await shop.client.fetch("/items/7")).text();
    const [began, ended, duration] = recorded.measures;
    const begin = { "http.request.method": "GET", "url.scheme": "http" };
    assert.deepEqual(began, { name: "http.server.active_requests", value: 1, labels: begin });
    assert.deepEqual(ended, { name: "http.server.active_requests", value: -1, labels: begin });
    assert.equal(duration?.name, "http.server.request.duration");
    assert.deepEqual(duration?.labels, {
      ...begin,
      "http.route": "/items/{id:int}",
      "http.response.status_code": 200,
    });
    const observed = new Map(recorded.observe().map(({ name, value, labels }) => [name, { value, labels }]));
    assert.deepEqual(observed.get("apus.http_client.calls"), { value: 1, labels: { client: "prices" } });
    for (const name of ["nodejs.eventloop.delay.p99", "nodejs.eventloop.utilization", "process.memory.usage"]) {
      assert.ok((observed.get(name)?.value ?? -1) >= 0, name);
    }
  });

  test("are a page that Prometheus can read, with templates and never paths", async () => {
    await using shop = await openShop({ openTelemetry: false });
    for (const path of ["/items/7", "/items/8", "/items/x", "/no/such", "/no/other"]) {
      await (await shop.client.fetch(path)).text();
    }
    assert.ok(recorded.spans.every(({ name }) => name === "own work"));
    assert.deepEqual(recorded.measures, []);
    const answer = await shop.client.fetch("/metrics");
    assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    const page = parsePrometheus(await answer.text());
    const count = (route: string | undefined, status: string): number | undefined =>
      page.samples.find(
        ({ name, labels }) =>
          name === "http_server_request_duration_seconds_count" &&
          labels["http_route"] === route &&
          labels["http_response_status_code"] === status,
      )?.value;
    assert.equal(count("/items/{id:int}", "200"), 2);
    assert.equal(count("/items/{id:int}", "422"), 1);
    assert.equal(count(undefined, "404"), 2);
    const active = page.samples.filter(({ name }) => name === "http_server_active_requests");
    assert.deepEqual(
      active.map(({ value }) => value),
      [1],
      "the one that asks",
    );
    const value = (name: string, label = ""): number | undefined =>
      page.samples.find((sample) => sample.name === name && Object.values(sample.labels).includes(label))?.value;
    assert.equal(value("apus_http_client_calls_total", "prices"), 2);
    assert.equal(value("db_client_connection_pending_requests", "shop"), 0);
    assert.equal(page.types.get("http_server_request_duration_seconds"), "histogram");
    assert.equal(page.types.get("process_memory_usage_bytes"), "gauge");
    assert.equal(page.types.get("nodejs_eventloop_utilization_ratio"), "gauge");
  });
});

describe("off", () => {
  test("nobody listens before the start and after the end", async () => {
    assert.equal(requestChannel.hasSubscribers, false);
    const shop = await openShop();
    assert.equal(requestChannel.hasSubscribers, true);
    await shop[Symbol.asyncDispose]();
    assert.equal(requestChannel.hasSubscribers, false);
    assert.deepEqual(recorded.observe(), []);
  });
});

test("wrong options are refused", () => {
  assert.throws(() => telemetry({ trace: true } as never), { code: "APUS_BAD_OPTION" });
  assert.throws(() => telemetry({ openTelemetry: "yes" } as never), { code: "APUS_BAD_OPTION" });
});

/** Any bytes, anywhere in a request, never end in a 5xx of the framework's own making. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "apus";
import { testClient } from "apus/testing";
import fc from "fast-check";
import { z } from "zod";
import { createLogger } from "../../src/log/logger.ts";
import { exchange, RawConnection } from "../journey/raw-connection.ts";

const Place = z.object({
  n: z.int().optional(),
  price: z.number().min(0).optional(),
  flag: z.boolean().optional(),
  kind: z.enum(["a", "b"]).optional(),
  tags: z.array(z.int()).optional(),
  either: z.union([z.int(), z.boolean(), z.null()]).optional(),
  when: z.iso.datetime().optional(),
});

const Tree = z.object({ name: z.string(), children: z.array(z.json()).default([]), ...Place.shape });

const targets = ["/places", "/paths", "/loose", "/files", "/mounted", "", "/%"] as const;
const bodies = ["/json", "/tree", "/form", "/loose-form", "/places", "/nowhere"] as const;

function buildApp(failures: string[]): App {
  const log = createLogger(({ level, message, fields }) => {
    if (level === "error") failures.push(`${message} ${String(fields["error"])}`);
  });
  const app = new App({ log });
  app.get("/places", { query: Place, headers: Place, cookies: Place }, (input) => [
    input.query,
    input.headers,
    input.cookies,
  ]);
  app.get("/loose", { query: z.looseObject({}), cookies: z.looseObject({}) }, ({ query, cookies }) => [query, cookies]);
  app.get("/paths/{n:int}/x-{price:float}-y/{id:uuid}", ({ path }) => path);
  app.get("/paths/{n}", { path: z.object({ n: z.int().max(9) }) }, ({ path }) => path);
  app.get("/paths/{kind}/{flag}", { path: z.object({ kind: z.enum(["a"]), flag: z.boolean() }) }, ({ path }) => path);
  app.get("/files/{rest:path}", ({ path, log: requestLog }) => {
    requestLog.info(path.rest, { [path.rest]: path.rest });
    return path;
  });
  app.post("/json", { body: z.json() }, ({ body }) => body);
  app.post("/tree", { body: Tree, query: Place, response: Tree }, ({ body }) => body);
  app.post("/form", { form: Place }, ({ form }) => form);
  app.post("/loose-form", { form: z.record(z.string(), z.unknown()) }, ({ form }) => form);
  const mounted = new App({ log: false, docs: false });
  mounted.get("/{name}", { query: Place }, ({ path }) => path);
  app.mount("/mounted", mounted);
  return app;
}

/** Pieces that come near to meaning something. */
const pieces = [
  "n",
  "price",
  "flag",
  "kind",
  "tags",
  "either",
  "when",
  "name",
  "children",
  "a",
  "b",
  "1",
  "-0",
  "1e999",
  "0x1",
  "true",
  "null",
  "9007199254740993",
  "2024-02-30T00:00:00Z",
  "=",
  "&",
  ";",
  "; ",
  "+",
  "/",
  "//",
  "?",
  "#",
  ".",
  "..",
  ":",
  ",",
  "[",
  "]",
  "{",
  "}",
  '"',
  "\\",
  "\\u0000",
  "\\ud800",
  "%",
  "%2",
  "%zz",
  "%00",
  "%0d%0a",
  "%2f",
  "%2e%2e",
  "%c0%af",
  "%ed%a0%80",
  "%f4%90%80%80",
  "%ff",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "[]",
  "[0]",
  "~0",
  " ",
  "\t",
  "\u00a0",
  "\u00ff",
  "\u0085",
  "-",
  "x-",
  "-y",
  "0f8fad5b-d9cb-469f-a165-70867728950e",
];

const rawBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
const escapedBytes = fc
  .uint8Array({ maxLength: 20 })
  .map((bytes) => Buffer.from(bytes).toString("hex").replaceAll(/../g, "%$&"));
const nearText = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(""));
/** One character a byte. */
const anyText = fc.oneof(
  { weight: 3, arbitrary: nearText },
  rawBytes,
  escapedBytes,
  fc.tuple(nearText, rawBytes).map((two) => two.join("")),
);
const anyBody = fc.oneof(
  anyText.map((text) => Buffer.from(text, "latin1")),
  fc.json({ maxDepth: 3 }).map((text) => Buffer.from(text)),
  fc.tuple(fc.json(), fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
    const bytes = Buffer.from(text);
    bytes[at % bytes.length] = byte;
    return bytes;
  }),
);
const anyType = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "application/json",
      "application/x-www-form-urlencoded",
      "application/a+json; charset=utf-8",
    ),
  },
  anyText,
);

interface AnyRequest {
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly body: Buffer | undefined;
}

const fieldNames = [
  "cookie",
  "n",
  "price",
  "flag",
  "kind",
  "tags",
  "x-request-id",
  "traceparent",
  "accept",
  "content-encoding",
  "origin",
  "x-forwarded-for",
  "__proto__",
];
const anyFields = fc.array(fc.tuple(fc.constantFrom(...fieldNames), anyText), { maxLength: 4 });
const anyGet = fc
  .tuple(fc.constantFrom("GET", "HEAD", "OPTIONS", "DELETE"), fc.constantFrom(...targets), anyText, anyText, anyFields)
  .map(([method, start, path, query, fields]): AnyRequest => ({
    method,
    target: `${start}/${path}?${query}`,
    fields,
    body: undefined,
  }));
const anyQuery = fc
  .tuple(fc.constantFrom("/places", "/loose", "/paths/1"), anyText, anyFields)
  .map(([path, query, fields]): AnyRequest => ({ method: "GET", target: `${path}?${query}`, fields, body: undefined }));
const anyPost = fc
  .tuple(fc.constantFrom("POST", "POST", "POST", "PUT"), fc.constantFrom(...bodies), anyType, anyBody, anyFields)
  .map(([method, target, type, body, fields]): AnyRequest => ({
    method,
    target,
    fields: [...fields, ["content-type", type]],
    body,
  }));
const anyRequest = fc.oneof(anyGet, anyQuery, anyPost);

/** What the platform can carry; undefined for what its `Request` refuses. */
function buildRequest(baseUrl: string, { method, target, fields, body }: AnyRequest): Request | undefined {
  try {
    return new Request(`${baseUrl}${target}`, {
      method,
      headers: fields.map(([name, value]) => [name, value]),
      ...(body !== undefined && { body: new Uint8Array(body) }),
    });
  } catch {
    return undefined;
  }
}

function encodeRequest({ method, target, fields, body }: AnyRequest): Buffer {
  const length = body === undefined ? "" : `Content-Length: ${body.length}\r\n`;
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const head = `${method} ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${length}${lines}\r\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), body ?? Buffer.alloc(0)]);
}

/** Without the bytes that the parser of HTTP refuses, so that more of them come further. */
function tame({ method, target, fields, body }: AnyRequest): AnyRequest {
  // oxlint-disable-next-line no-control-regex -- control characters are what must go
  const clean = (text: string): string => text.replaceAll(/[\u0000-\u001f\u007f]/g, "~");
  const path = clean(target).replaceAll(/[ #\u0080-\u00ff]/g, "~");
  return { method, target: path, fields: fields.map(([name, value]) => [name, clean(value)]), body };
}

test("any bytes as path, query, headers, cookies and body: never a 5xx (process)", { timeout: 60_000 }, async () => {
  const failures: string[] = [];
  const app = buildApp(failures);
  await using client = await testClient(app);
  const property = fc.asyncProperty(anyRequest, async (drawn) => {
    const request = buildRequest(client.baseUrl, drawn);
    if (request === undefined) return;
    const answer = await app.fetch(request);
    const text = await answer.text();
    assert.ok(answer.status < 500, `${answer.status} ${text} ${failures.join("\n")}`);
    if (answer.status >= 400 && drawn.method !== "HEAD") JSON.parse(text);
  });
  await fc.assert(property, { numRuns: 2_500, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: false });
  assert.deepEqual(failures, []);
  assert.equal(({} as { n?: unknown }).n, undefined);
});

test("any bytes as path, query, headers, cookies and body: never a 5xx (socket)", { timeout: 60_000 }, async () => {
  const failures: string[] = [];
  await using client = await testClient(buildApp(failures), { socket: true });
  const property = fc.asyncProperty(anyRequest, fc.boolean(), async (drawn, isTame) => {
    const sent = isTame ? tame(drawn) : drawn;
    const { status, text } = await exchange(client.baseUrl, encodeRequest(sent), { head: drawn.method === "HEAD" });
    assert.ok(status < 500, `${status} ${text}`);
  });
  await fc.assert(property, { numRuns: 600, interruptAfterTimeLimit: 6_000, markInterruptAsFailure: false });
  assert.deepEqual(failures, []);
  assert.equal(
    (await exchange(client.baseUrl, "GET /places HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).status,
    200,
  );
});

test(
  "any bytes instead of a request: refused or dropped, and the next one is answered",
  { timeout: 60_000 },
  async () => {
    const failures: string[] = [];
    await using client = await testClient(buildApp(failures), { socket: true });
    const garbage = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(anyRequest, fc.nat(), fc.uint8Array({ maxLength: 6 })).map(([drawn, at, inserted]) => {
        const bytes = encodeRequest(drawn);
        const place = at % bytes.length;
        return Buffer.concat([bytes.subarray(0, place), inserted, bytes.subarray(place + inserted.length)]);
      }),
    );
    const property = fc.asyncProperty(garbage, (bytes) => assertNoServerError(client.baseUrl, bytes));
    await fc.assert(property, { numRuns: 300, interruptAfterTimeLimit: 6_000, markInterruptAsFailure: false });
    assert.deepEqual(failures, []);
    assert.equal(
      (await exchange(client.baseUrl, "GET /places HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).status,
      200,
    );
  },
);

/** Sends bytes, waits a moment for an answer, says that no more will come, and reads on until the server ends too. */
async function assertNoServerError(baseUrl: string, bytes: Uint8Array): Promise<void> {
  await using connection = await RawConnection.open(baseUrl);
  await connection.send(bytes);
  await connection.ended({ within: 20 }).catch(() => connection.finish());
  await connection.ended();
  const statuses = [...connection.received.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
  assert.ok(
    statuses.every((status) => status < 500),
    `${statuses.join()} for ${Buffer.from(bytes).toString("latin1")}`,
  );
}

/** Bodies of rows at every edge: JSON Lines and CSV, from the typed client and from bytes that come in any pieces. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { App, csvBody, jsonLinesBody } from "apus";
import { type as arktype } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import { onEveryEdge } from "./edges.ts";
import { RawConnection } from "./raw-connection.ts";
import { places } from "./refusal.ts";

const app = new App({ log: false });
const Bird = z.object({ id: z.int(), name: z.string().min(1), ringed: z.boolean().default(false) });

async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const collected: Row[] = [];
  for await (const row of rows) collected.push(row);
  return collected;
}

export const readLines = app.post("/lines", { body: jsonLinesBody(Bird, { maxLineBytes: 1_000 }) }, ({ body }) =>
  collect(body),
);
export const readTable = app.post("/table", { body: csvBody(Bird, { delimiter: ";" }) }, ({ body }) => collect(body));
export const countLines = app.post(
  "/count",
  { body: jsonLinesBody(Bird, { maxBytes: 50_000_000 }), lines: z.object({ count: z.int() }) },
  async function* ({ body }) {
    let count = 0;
    for await (const _ of body) {
      count += 1;
      if (count % 1_000 === 0) yield { count };
    }
    yield { count };
  },
);
app.post("/first", { body: jsonLinesBody(Bird) }, async ({ body }) => {
  for await (const row of body) return row;
  return null;
});

type Api = {
  readonly readLines: typeof readLines;
  readonly readTable: typeof readTable;
  readonly countLines: typeof countLines;
};
const build = (): App => app;
const birds = [
  { id: 1, name: "Möwe" },
  { id: 2, name: 'a;"b"\r\nc', ringed: true },
];
const read = birds.map((bird) => ({ ringed: false, ...bird }));

onEveryEdge<Api>("the typed client sends rows, and the handler gets them validated", build, async (client) => {
  const made = async function* (): AsyncGenerator<(typeof birds)[number]> {
    yield* birds;
  };
  assert.deepEqual(await client.post("/lines", { body: birds, bodyFormat: "json-lines" }), read);
  assert.deepEqual(await client.post("/lines", { body: made(), bodyFormat: "json-lines" }), read);
  assert.deepEqual(await client.post("/lines", { body: [], bodyFormat: "json-lines" }), []);
  const table = { bodyFormat: "csv", delimiter: ";", columns: ["ringed", "name", "id"] } as const;
  assert.deepEqual(await client.post("/table", { body: birds, ...table }), read);
  assert.deepEqual(await client.post("/table", { body: made(), ...table }), read);
  assert.deepEqual(await client.post("/table", { body: [], ...table }), []);
});

const post = (body: string | Uint8Array<ArrayBuffer>, contentType: string, more = {}): RequestInit => ({
  method: "POST",
  body,
  headers: { "content-type": contentType, ...more },
});

onEveryEdge<Api>("media types, charsets and codings", build, async (client) => {
  for (const type of ["application/jsonl", "application/x-ndjson", "Application/NDJSON; charset=UTF-8"]) {
    assert.equal((await client.fetch("/lines", post('{"id":1,"name":"a"}\n', type))).status, 200, type);
  }
  for (const type of ["application/json", "text/csv", "application/jsonl; charset=latin1", "text/plain"]) {
    const answer = await client.fetch("/lines", post("", type));
    assert.equal(answer.status, 415, type);
    assert.equal(answer.headers.get("accept"), "application/jsonl, application/x-ndjson, application/ndjson");
  }
  assert.equal((await client.fetch("/table", post("id;name\n", "text/csv; header=present"))).status, 200);
  assert.equal((await client.fetch("/table", post("id;name\n", "application/csv"))).status, 415);
  const gzip = { "content-encoding": "gzip" };
  assert.equal((await client.fetch("/lines", post("{}", "application/jsonl", gzip))).status, 415);
});

onEveryEdge<Api>("wrong rows are refused by their place", build, async (client) => {
  const wrong = '{"id":1,"name":"a"}\n\n{"id":"x","name":""}\n';
  const invalid = await client.fetch("/lines", post(wrong, "application/jsonl"));
  assert.equal(invalid.status, 422);
  const { errors } = (await invalid.json()) as { errors: Parameters<typeof places>[0] };
  assert.deepEqual(places(errors), ["body /1/id", "body /1/name"]);
  assert.ok(errors.every(({ message }) => message.endsWith(" (row 2)")));
  const refusals: readonly (readonly [path: string, text: string, status: number, code: string, row?: number])[] = [
    ["/lines", '{"id":1,"name":"a"}\n{"id":', 400, "json-syntax", 2],
    ["/lines", `{"id":1,"name":"${"x".repeat(1_000)}"}`, 413, "line-too-large", 1],
    ["/lines", '{"id":1,"name":"a","__proto__":{}}', 400, "json-key", 1],
    ["/table", "", 400, "csv-header"],
    ["/table", "id;id\n", 400, "csv-header"],
    ["/table", "id;name\n1;a;b\n", 400, "csv-columns", 1],
    ["/table", 'id;name\n1;a\n2;"b\n', 400, "csv-syntax", 2],
  ];
  for (const [path, text, status, code, row] of refusals) {
    const answer = await client.fetch(path, post(text, path === "/lines" ? "application/jsonl" : "text/csv"));
    const problem = (await answer.json()) as Record<string, unknown>;
    assert.deepEqual([answer.status, problem["code"], problem["row"]], [status, code, row], text.slice(0, 50));
  }
});

onEveryEdge<Api>("answers are streamed while rows come; a wrong row breaks them off", build, async (client) => {
  const many = function* (wrongAt = Infinity): Generator<{ id: number; name: string }> {
    for (let id = 1; id <= 5_000; id += 1) yield { id, name: id === wrongAt ? "" : "a" };
  };
  const counts = await client.post("/count", { body: many(), bodyFormat: "json-lines" });
  assert.deepEqual((await collect(counts)).at(-1), { count: 5_000 });
  await assert.rejects(async () => {
    await collect(await client.post("/count", { body: many(4_500), bodyFormat: "json-lines" }));
  });
  const early = await client.post.outcome("/count", { body: many(500), bodyFormat: "json-lines" });
  assert.deepEqual([early.ok, early.response.status], [false, 422]);
});

for (const engine of ["net", "node"] as const) {
  test(`rows reach the handler while the rest is not sent yet, in any pieces (${engine})`, async () => {
    const server = await app.listen({ port: 0, signals: false, idleGrace: 0, engine });
    try {
      const head = (path: string, kind: string): string =>
        `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: ${kind}\r\nTransfer-Encoding: chunked\r\n\r\n`;
      await using waiting = await RawConnection.open(server.url);
      await waiting.send(`${head("/first", "application/jsonl")}15\r\n{"id":1,"name":"a"}\n{\r\n`);
      assert.equal((await waiting.answer()).text, '{"id":1,"name":"a","ringed":false}');
      const text = Buffer.from('id;name\n1;Möwe\n2;"a;""b"""\n');
      await using slow = await RawConnection.open(server.url);
      await slow.send(head("/table", "text/csv"));
      for (const byte of text)
        await slow.send(Buffer.concat([Buffer.from("1\r\n"), Uint8Array.of(byte), Buffer.from("\r\n")]));
      await slow.send("0\r\n\r\n");
      assert.deepEqual(JSON.parse(Buffer.from((await slow.answer()).text, "latin1").toString()), [
        { id: 1, name: "Möwe", ringed: false },
        { id: 2, name: 'a;"b"', ringed: false },
      ]);
    } finally {
      await server.stop();
    }
  });
}

test("rows in flat memory: 100 MiB of JSON Lines and of CSV grow the process by less than 64 MiB", async () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;
  const size = 100 * 1_048_576;
  const large = new App({ log: false });
  const Note = z.object({ note: z.string() });
  const measure = async ({ body }: { body: AsyncIterable<{ note: string }> }): Promise<number> => {
    let total = 0;
    for await (const { note } of body) total += note.length;
    return total;
  };
  large.post("/lines", { body: jsonLinesBody(Note, { maxBytes: 2 * size }) }, measure);
  large.post("/table", { body: csvBody(Note, { maxBytes: 2 * size }) }, measure);
  await using server = await large.listen({ port: 0, signals: false, idleGrace: 0 });
  const note = "n".repeat(100_000);
  const lines = { type: "application/jsonl", head: "", row: `{"note":"${note}"}\n` };
  const table = { type: "text/csv", head: "note\n", row: `"${note}"\r\n` };
  let highest = 0;
  const send = async (path: string, { type: kind, head, row }: typeof lines, total: number): Promise<number> => {
    const bytes = Buffer.from(row);
    const pieces = async function* (): AsyncGenerator<Uint8Array> {
      if (head !== "") yield Buffer.from(head);
      for (let count = 0; count * note.length < total; count += 1) {
        yield bytes;
        if (count % 200 !== 199) continue;
        // What is waiting to be collected is not kept.
        collectGarbage();
        highest = Math.max(highest, process.memoryUsage.rss());
      }
    };
    const init = { method: "POST", duplex: "half", headers: { "content-type": kind } } as const;
    const answer = await fetch(server.url + path, { ...init, body: ReadableStream.from(pieces()) });
    return Number(await answer.text());
  };
  for (const [path, given] of [
    ["/lines", lines],
    ["/table", table],
  ] as const) {
    // What is compiled and allocated once is not the body's.
    await send(path, given, size / 10);
    collectGarbage();
    const before = process.memoryUsage.rss();
    highest = before;
    assert.ok((await send(path, given, size)) >= size);
    assert.ok(highest - before < 64 * 1_048_576, `${path}: ${Math.round((highest - before) / 1_048_576)} MiB`);
  }
});

test("schemas of every vendor read rows", async () => {
  const schemas = [
    v.object({ id: v.number(), on: v.optional(v.boolean()) }),
    arktype({ id: "number.integer", "on?": "boolean" }),
    z.object({ id: z.int(), on: z.boolean().optional() }),
  ];
  for (const schema of schemas) {
    const other = new App({ log: false });
    other.post("/table", { body: csvBody(schema) }, ({ body }) => collect(body as AsyncIterable<unknown>));
    const answer = await other.fetch(new Request("http://a/table", post("id,on\n1,yes\n2,\n", "text/csv")));
    assert.deepEqual(await answer.json(), [{ id: 1, on: true }, { id: 2 }]);
  }
});

test("row schemas that cannot be read end the start, and say where", async () => {
  const wrong: readonly (readonly [body: unknown, code: string, words: RegExp])[] = [
    [csvBody(z.string()), "APUS_BAD_OPTION", /POST \/ at .*a row of a CSV is an object/],
    [csvBody(z.array(z.int())), "APUS_BAD_OPTION", /a row of a CSV is an object/],
    [csvBody(undefined as never), "APUS_NOT_A_SCHEMA", /The body schema of POST \/ at /],
    [jsonLinesBody({ id: "int" } as never), "APUS_NOT_A_SCHEMA", /The body schema of POST \/ at /],
  ];
  for (const [body, code, message] of wrong) {
    const broken = new App({ log: false });
    broken.post("/", { body: body as ReturnType<typeof csvBody> }, () => 1);
    await assert.rejects(broken.start(), { code, message });
  }
});

test("the document shows media types, items, bytes and limits", async () => {
  const { paths } = await app.openapi();
  const bodyOf = (path: string): unknown => paths[path]?.post?.requestBody;
  const item = { $ref: "#/components/schemas/PostLinesRow" };
  const media = { schema: { type: "string" }, "x-itemSchema": item };
  assert.deepEqual(bodyOf("/lines"), {
    content: { "application/jsonl": media, "application/x-ndjson": media, "application/ndjson": media },
  });
  assert.deepEqual(bodyOf("/table"), { required: true, content: { "text/csv": media } });
});

/** Multipart forms of other projects' tests, split in several ways; and forms of any content, read as two other readers read them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Busboy } from "@fastify/busboy";
import { App } from "apus";
import { testClient } from "apus/testing";
import { array, asyncProperty, assert as check, constantFrom, oneof, record, string, uint8Array } from "fast-check";
import { z } from "zod";
import { uploads } from "../../src/multipart/upload-field.ts";
import { multipartVectors, type ExpectedPart } from "./multipart-vectors.ts";

const names = ["f", "file", "file1", "file2"] as const;
const app = new App({ log: false, docs: false });
app.post(
  "/",
  { form: z.record(z.string(), z.any()), files: Object.fromEntries(names.map((name) => [name, uploads()])) },
  async ({ form, files }) => {
    const received: ExpectedPart[] = Object.entries(form).map(([name, value]) => [name, value as string]);
    for (const name of names) {
      for (const { name: fileName, type, bytes } of await readFiles(files[name])) {
        received.push([name, Buffer.from(bytes).toString("latin1"), fileName, type]);
      }
    }
    return received;
  },
);

type Files = Iterable<{ readonly name: string; readonly type: string; bytes(): Promise<Uint8Array> }>;

async function readFiles(files: unknown): Promise<readonly { name: string; type: string; bytes: Uint8Array }[]> {
  return Promise.all(
    [...(files as Files)].map(async (one) => ({ name: one.name, type: one.type, bytes: await one.bytes() })),
  );
}

function streamOf(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

for (const { title, boundary, lines, utf8 = false, expected } of multipartVectors) {
  test(title, async () => {
    await using client = await testClient(app);
    const bytes = Buffer.from(lines.join("\r\n"), utf8 ? "utf8" : "latin1");
    for (const size of [bytes.length, 1, 2, 7, 64]) {
      const headers = { "content-type": `multipart/form-data; boundary=${boundary}` };
      const init = { method: "POST", body: streamOf(bytes, size), duplex: "half", headers };
      const answer = await client.fetch("/", init as RequestInit);
      const text = await answer.text();
      if (typeof expected === "number") assert.equal(answer.status, expected, text);
      else assert.deepEqual([answer.status, JSON.parse(text)], [200, expected], `in pieces of ${size}`);
    }
  });
}

test("there are vectors of four projects", () => {
  const projects = new Set(multipartVectors.map(({ title }) => title.slice(0, title.indexOf(":"))));
  assert.deepEqual([...projects], ["python-multipart", "busboy", "formidable", "Go"]);
  assert.ok(multipartVectors.length >= 49, `${multipartVectors.length}`);
});

type Pair = readonly [name: string, content: string];

/** What busboy reads. */
async function readWithBusboy(type: string, bytes: Uint8Array): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  const parser = new Busboy({ headers: { "content-type": type } });
  parser.on("field", (name, value) => void pairs.push([name, value]));
  parser.on("file", (name, stream) => {
    const pieces: Buffer[] = [];
    const slot = pairs.push([name, ""]) - 1;
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("end", () => (pairs[slot] = [name, Buffer.concat(pieces).toString("latin1")]));
  });
  await new Promise<void>((resolve, reject) => {
    parser.on("finish", () => resolve());
    parser.on("error", reject);
    parser.end(bytes);
  });
  return pairs;
}

/** What the platform reads. */
async function readWithPlatform(type: string, bytes: Uint8Array<ArrayBuffer>): Promise<readonly Pair[]> {
  const form = await new Response(bytes, { headers: { "content-type": type } }).formData();
  return Promise.all(
    [...form].map(
      async ([name, value]) =>
        [name, typeof value === "string" ? value : Buffer.from(await value.arrayBuffer()).toString("latin1")] as const,
    ),
  );
}

test("what the platform writes is read as busboy and the platform read it", async () => {
  let received: readonly Pair[] = [];
  const reading = new App({ log: false, docs: false });
  reading.post(
    "/",
    { form: z.looseObject({ texts: z.array(z.string()).default([]) }), files: { f: uploads({ maxCount: 5 }) } },
    async ({ form, files }) => {
      const sent = await readFiles(files.f);
      received = [
        ...form.texts.map((text): Pair => ["texts", text]),
        ...sent.map(({ bytes }): Pair => ["f", Buffer.from(bytes).toString("latin1")]),
      ];
    },
  );
  await using client = await testClient(reading);
  const text = oneof(
    string({ unit: "grapheme" }),
    array(constantFrom("\r\n", "--", "\n", "x", '"')).map((list) => list.join("")),
  );
  const sent = record({
    texts: array(text, { maxLength: 5 }),
    files: array(record({ name: text, bytes: uint8Array({ minLength: 1 }) }), { maxLength: 5 }),
  });
  await check(
    asyncProperty(sent, async ({ texts, files }) => {
      const form = new FormData();
      for (const one of texts) form.append("texts", one);
      for (const { name, bytes } of files) form.append("f", new File([new Uint8Array(bytes)], `x${name}`));
      const written = new Response(form);
      const type = written.headers.get("content-type") ?? "";
      const bytes = new Uint8Array(await written.arrayBuffer());
      const answer = await client.fetch("/", { method: "POST", body: bytes, headers: { "content-type": type } });
      assert.equal(answer.status, 204, await answer.text());
      assert.deepEqual(received, await readWithPlatform(type, bytes));
      assert.deepEqual(received, await readWithBusboy(type, bytes));
    }),
    { numRuns: 150 },
  );
});

/** The bytes of a file on their way: pieces in order, at once or as a stream, and the file closed whatever happens. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { appendFile, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPieces } from "./file-pieces.ts";
import { openFile, type OpenFile } from "./open-file.ts";

const folder = await mkdtemp(join(tmpdir(), "file-pieces-test-"));
after(() => rm(folder, { recursive: true }));

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));

async function openContent(): Promise<OpenFile & { readonly path: string }> {
  const path = join(folder, "content");
  await writeFile(path, content);
  const file = await openFile(path);
  assert.ok(file !== undefined);
  return Object.assign(file, { path });
}

/** A closed file has no bytes to give. */
async function assertClosed(file: OpenFile): Promise<void> {
  await file.close();
  await assert.rejects(file.read(0, 1), { code: "EBADF" });
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("few bytes are there at once, and the file is closed", async () => {
  const file = await openContent();
  const bytes = await readPieces(file, [Buffer.from("<"), { start: 10, length: 20 }, Buffer.from(">")]);
  assert.ok(bytes instanceof Uint8Array);
  assert.deepEqual(bytes, Buffer.concat([Buffer.from("<"), content.subarray(10, 30), Buffer.from(">")]));
  await assertClosed(file);
  assert.deepEqual(await readPieces(await openContent(), [{ start: 0, length: 0 }]).then(String), "");
});

test("many come as a stream that knows its length and ends where it was said", async () => {
  const file = await openContent();
  const stream = await readPieces(file, [{ start: 0, length: content.length }]);
  assert.ok(!(stream instanceof Uint8Array));
  assert.equal(stream.byteLength, content.length);
  await appendFile(file.path, "more");
  assert.deepEqual(await collect(stream), content);
  await assertClosed(file);
});

test("pieces of a stream come in their order", async () => {
  const file = await openContent();
  const stream = await readPieces(file, [
    Buffer.from("first"),
    { start: 200_000, length: 100_000 },
    Buffer.from("second"),
    { start: 0, length: 70_001 },
    Buffer.from("end"),
  ]);
  assert.ok(!(stream instanceof Uint8Array));
  const bytes = await collect(stream);
  assert.equal(bytes.length, stream.byteLength);
  const expected = ["first", content.subarray(200_000), "second", content.subarray(0, 70_001), "end"];
  assert.deepEqual(bytes, Buffer.concat(expected.map((part) => Buffer.from(part))));
});

test("a file that becomes shorter ends the stream with an error", async () => {
  const file = await openContent();
  const stream = await readPieces(file, [{ start: 0, length: content.length }]);
  await truncate(file.path, 100_000);
  await assert.rejects(collect(stream as AsyncIterable<Uint8Array>), /shorter/);
  await assertClosed(file);
  const short = await openContent();
  await truncate(short.path, 10);
  await assert.rejects(readPieces(short, [{ start: 0, length: 100 }]), /shorter/);
  await assertClosed(short);
});

test("a stream that is let go closes its file: before, while and after it is read", async () => {
  for (const steps of [0, 1, 100]) {
    const file = await openContent();
    const stream = (await readPieces(file, [{ start: 0, length: content.length }])) as AsyncIterable<Uint8Array>;
    const iterator = stream[Symbol.asyncIterator]();
    for (let step = 0; step < steps; step += 1) await iterator.next();
    await iterator.return?.();
    assert.equal((await iterator.next()).done, true);
    await assertClosed(file);
  }
  const file = await openContent();
  const stream = (await readPieces(file, [{ start: 0, length: content.length }])) as AsyncIterable<Uint8Array>;
  const iterator = stream[Symbol.asyncIterator]();
  const reading = iterator.next();
  await iterator.return?.();
  assert.deepEqual((await reading).value, content.subarray(0, 131_072), "what is being read is not torn");
  await assertClosed(file);
});

/** JSON Lines and event streams: however they are split, with every line end, cut in the middle. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvents, readJsonLines, type RawEvent } from "./read-items.ts";

function streamOf(...pieces: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces.map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece)));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const short = ({ data, event, id }: RawEvent): string => `${event}/${id}/${data}`;

test("lines are values, split anywhere", async () => {
  const bytes = Buffer.from('{"a":"ü\\n"}\n\n[1]\r\n2');
  for (let at = 0; at <= bytes.length; at += 1) {
    const values = await collect(readJsonLines(streamOf(bytes.subarray(0, at), bytes.subarray(at))));
    assert.deepEqual(values, [{ a: "ü\n" }, [1], 2], String(at));
  }
  await assert.rejects(collect(readJsonLines(streamOf('{"a":1}\n{"a"'))), SyntaxError);
});

// The examples and rules of the HTML standard §9.2.6.
const streams: readonly (readonly [name: string, text: string, events: readonly string[]])[] = [
  ["two lines of data", "data: YHOO\ndata: +2\ndata: 10\n\n", ["message//YHOO\n+2\n10"]],
  [
    "comment, id, id without a value, space",
    ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n",
    ["message/1/first event", "message//second event"],
  ],
  ["empty data", "data\n\ndata\ndata\n\ndata:", ["message//", "message//\n"]],
  ["a space is optional", "data:test\n\ndata: test\n\n", ["message//test", "message//test"]],
  ["a name, forgotten by the next", "event: add\ndata: 1\n\ndata: 2\n\n", ["add//1", "message//2"]],
  ["CR and CRLF", "data: 1\r\rdata: 2\r\n\r\n", ["message//1", "message//2"]],
  ["an id with NUL is none", "id: 1\ndata: a\n\nid: \u0000\ndata: b\n\n", ["message/1/a", "message/1/b"]],
  ["unknown fields", "foo: 1\ndata: 1\n:bar\n\n", ["message//1"]],
  ["a byte order mark", "\ufeffdata: 1\n\n", ["message//1"]],
  ["no empty line at the end", "data: 1\n\ndata: 2\n", ["message//1"]],
];

for (const [name, text, events] of streams) {
  test(`events: ${name}`, async () => {
    const bytes = Buffer.from(text);
    for (let at = 0; at <= bytes.length; at += 1) {
      const found = await collect(readEvents(streamOf(bytes.subarray(0, at), bytes.subarray(at))));
      assert.deepEqual(found.map(short), events, `split at ${at}`);
    }
  });
}

test("an id counts without data, once; a stop without data is a break", async () => {
  const text = "id: 1\n\n:\n\ndata: a\n\nid: 2\n\nevent: stop\ndata: b\n\n";
  const found = await collect(readEvents(streamOf(text)));
  assert.deepEqual(found.map(short), ["message/1/undefined", "message/1/a", "message/2/undefined", "stop/2/b"]);
  assert.deepEqual(await collect(readEvents(streamOf("id: 1\n\n"), "1")), []);
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const one of readEvents(streamOf("data: a\nid: 3\n\nevent: stop\n\n"))) seen.push(short(one));
  }, /The server stopped/);
  assert.deepEqual(seen, ["message/3/a"]);
});

test("who stops reading ends the stream", async () => {
  let isCancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(Buffer.from("data: 1\n\n")),
    cancel: () => void (isCancelled = true),
  });
  for await (const event of readEvents(body)) {
    assert.equal(event.data, "1");
    break;
  }
  assert.equal(isCancelled, true);
});

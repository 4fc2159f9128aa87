/** The chunked coding: content comes back whole, whatever the split, and nothing else is understood. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HttpError } from "../errors/http-error.ts";
import { ChunkedDecoder } from "./chunked-decoder.ts";
import { defaultEngineOptions } from "./engine.ts";
import { Inbox } from "./inbox.ts";

interface Decoded {
  readonly content: string;
  readonly isDone: boolean;
  readonly rest: string;
  readonly pieces: number;
}

/** The content of the pieces and what lies behind it, or the status of the refusal. */
function decode(pieces: readonly Uint8Array[]): Decoded | number {
  const decoder = new ChunkedDecoder(defaultEngineOptions);
  const inbox = new Inbox();
  const parts: Buffer[] = [];
  try {
    for (const piece of pieces) {
      inbox.add(Buffer.from(piece));
      if (decoder.isDone) continue;
      const part = decoder.decode(inbox);
      // A copy at once: what a reader keeps must not change either, which the comparison at the end shows.
      if (part.length > 0) parts.push(part as Buffer);
    }
  } catch (error) {
    if (error instanceof HttpError) return error.status;
    throw error;
  }
  return {
    content: Buffer.concat(parts).toString("latin1"),
    isDone: decoder.isDone,
    rest: inbox.bytes.toString("latin1", inbox.start, inbox.end),
    pieces: parts.length,
  };
}

const encodeChunk = (data: string, extension = ""): string => `${data.length.toString(16)}${extension}\r\n${data}\r\n`;

test("content comes out as it went in, in one piece for one read, however many chunks there were", () => {
  const text = `${["a", "bc", "", "def"]
    .filter((data) => data !== "")
    .map((data) => encodeChunk(data))
    .join("")}0\r\n\r\nGET`;
  assert.deepEqual(decode([Buffer.from(text)]), { content: "abcdef", isDone: true, rest: "GET", pieces: 1 });
});

const chunks = fc.array(
  fc.tuple(
    fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
    fc.constantFrom("", ";a", ';a="\\";b"', ";a=b;c"),
  ),
  { maxLength: 6 },
);

test("any chunks, split anywhere, give their content and leave what follows", () => {
  fc.assert(
    fc.property(chunks, fc.constantFrom("", "x: y\r\n", "a:\r\nb:c\r\n"), fc.nat(), (parts, trailer, cut) => {
      const latin = parts.map(
        ([data, extension]) => [Buffer.from(data, "latin1").toString("latin1"), extension] as const,
      );
      const text = `${latin.map(([data, extension]) => encodeChunk(data, extension)).join("")}00\r\n${trailer}\r\nrest`;
      const bytes = Buffer.from(text, "latin1");
      const content = latin.map(([data]) => data).join("");
      const place = cut % bytes.length;
      for (const pieces of [
        [bytes],
        [bytes.subarray(0, place), bytes.subarray(place)],
        Array.from(bytes, (byte) => Buffer.from([byte])),
      ]) {
        const decoded = decode(pieces) as Decoded;
        assert.deepEqual([decoded.content, decoded.isDone, decoded.rest], [content, true, "rest"]);
      }
    }),
    { numRuns: 500 },
  );
});

test("any bytes, split anywhere, have the same fate", () => {
  const near = fc.array(
    fc.constantFrom("0", "5", "a", "\r\n", "\r", "\n", ";", "=", '"', "\\", " ", ":", "hello", "\0"),
    {
      maxLength: 14,
    },
  );
  fc.assert(
    fc.property(near, (parts) => {
      const bytes = Buffer.from(parts.join(""));
      const fate = (decoded: Decoded | number): unknown =>
        typeof decoded === "number" ? decoded : [decoded.content, decoded.isDone, decoded.rest];
      assert.deepEqual(fate(decode(Array.from(bytes, (byte) => Buffer.from([byte])))), fate(decode([bytes])));
    }),
    { numRuns: 2_000 },
  );
});

test("the sizes that a number cannot hold are refused", () => {
  assert.equal(decode([Buffer.from("20000000000000\r\n")]), 400);
  assert.equal((decode([Buffer.from("1fffffffffffff\r\n")]) as Decoded).isDone, false);
});

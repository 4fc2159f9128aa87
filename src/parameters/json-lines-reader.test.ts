/** JSON Lines: rows whatever the chunks are, limits, and refusals that name the row. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { HttpError, ValidationError } from "../errors/http-error.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import { JsonLinesReader } from "./json-lines-reader.ts";
import { readRows } from "./read-rows.ts";

const anything = await compileSchema(z.unknown());

async function read(pieces: Iterable<Uint8Array>, maxLineBytes = 1_000, row = anything): Promise<readonly unknown[]> {
  const chunks = (async function* () {
    yield* pieces;
  })();
  const rows: unknown[] = [];
  for await (const value of readRows(chunks, new JsonLinesReader({ row, maxLineBytes }))) rows.push(value);
  return rows;
}

const readText = (text: string, maxLineBytes?: number): Promise<readonly unknown[]> =>
  read([Buffer.from(text)], maxLineBytes);

async function refusalOf(reading: Promise<unknown>): Promise<unknown> {
  const error: unknown = await reading.then(
    () => assert.fail("it was accepted"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HttpError);
  const { detail, code, pointer, row } = error.problem;
  return [error.status, code, detail, pointer, row];
}

test("any values, with any ends of lines, however they are split", async () => {
  // Keys that reach prototypes are refused, and stand in a test of their own.
  const isPlain = (value: unknown): boolean => !/__proto__|constructor/.test(JSON.stringify(value));
  const line = fc.tuple(
    fc.jsonValue({ maxDepth: 2 }).filter(isPlain),
    fc.constantFrom("\n", "\r\n", "\n\n", "\n \t\r\n"),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      fc.boolean(),
      async (lines, cuts, isEnded) => {
        const text = lines.map(([value, end]) => JSON.stringify(value) + end).join("");
        const bytes = Buffer.from(isEnded ? text : text.trimEnd());
        const ends = [...cuts.map((at) => at % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
        const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
        assert.deepEqual(JSON.stringify(await read(pieces, 100_000)), JSON.stringify(lines.map(([value]) => value)));
      },
    ),
    { numRuns: 500 },
  );
});

test("nothing, and nothing but empty lines, is no row", async () => {
  for (const text of ["", "\n", "\r\n\n", "  \n\t", " "]) assert.deepEqual(await readText(text), []);
});

test("rows come before what is wrong behind them", async () => {
  const seen: unknown[] = [];
  const chunks = (async function* () {
    yield Buffer.from("1\n2\nx\n4\n");
  })();
  await assert.rejects(async () => {
    for await (const row of readRows(chunks, new JsonLinesReader({ row: anything, maxLineBytes: 9 }))) seen.push(row);
  }, HttpError);
  assert.deepEqual(seen, [1, 2]);
});

describe("refusals", () => {
  test("what is no JSON, by row and column", async () => {
    const syntax = 'Row 3 is not valid JSON: "," or "}" is expected at column 8.';
    assert.deepEqual(await refusalOf(readText('1\n\n2\n{"a":1 x}\n')), [400, "json-syntax", syntax, "/2", 3]);
    const cut = "Row 1 is not valid JSON: it ends too early, at column 7.";
    assert.deepEqual(await refusalOf(readText('{"a":1')), [400, "json-syntax", cut, "/0", 1]);
    const mark = "Row 1 begins with a byte order mark, which JSON does not allow.";
    assert.deepEqual(await refusalOf(readText("\ufeff1")), [400, "json-syntax", mark, "/0", 1]);
    const utf8 = "Row 2 is not valid UTF-8 at byte offset 1.";
    const bytes = Buffer.from([0x31, 0x0a, 0x22, 0xff, 0x22]);
    assert.deepEqual(await refusalOf(read([bytes])), [400, "json-utf8", utf8, "/1", 2]);
    const deep = await refusalOf(readText("[".repeat(100)));
    assert.deepEqual((deep as readonly unknown[]).slice(0, 2), [400, "json-depth"]);
    const key = await refusalOf(readText('{"__proto__":1}'));
    assert.deepEqual((key as readonly unknown[]).slice(0, 2), [400, "json-key"]);
  });

  test("lines have a limit, ended or not, in one piece or in many", async () => {
    const fits = `"${"x".repeat(8)}"`;
    assert.deepEqual(await readText(`${fits}\n${fits}`, 10), ["x".repeat(8), "x".repeat(8)]);
    const detail = "Row 2 is a line of more than 10 bytes.";
    for (const text of [`1\n"${"x".repeat(9)}"\n`, `1\n"${"x".repeat(9)}"`, `1\n${" ".repeat(50)}`]) {
      const bytes = Buffer.from(text);
      for (const pieces of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
        assert.deepEqual(await refusalOf(read(pieces, 10)), [413, "line-too-large", detail, "/1", 2]);
      }
    }
  });

  test("a row that does not fit is a 422 with its index in the pointer and its number in the words", async () => {
    const row = await compileSchema(z.object({ a: z.object({ b: z.int() }) }));
    const bytes = Buffer.from('{"a":{"b":1}}\n{"a":{"b":"x"}}\n');
    const error: unknown = await read([bytes], 100, row).catch((reason: unknown) => reason);
    assert.ok(error instanceof ValidationError);
    assert.deepEqual(error.issues, [
      {
        in: "body",
        pointer: "/1/a/b",
        message: "Invalid input: expected number, received string (row 2)",
        code: "invalid_type",
      },
    ]);
  });
});

test("schemas may be asynchronous, and change the rows", async () => {
  const row = await compileSchema(z.int().transform(async (value) => value * 2));
  assert.deepEqual(await read([Buffer.from("1\n2")], 100, row), [2, 4]);
});

test("who stops early ends the source, and the rest is not read", async () => {
  let sent = 0;
  let isEnded = false;
  const chunks = (async function* () {
    try {
      for (;;) {
        sent += 1;
        yield Buffer.from(`${sent}\n`);
      }
    } finally {
      isEnded = true;
    }
  })();
  for await (const row of readRows(chunks, new JsonLinesReader({ row: anything, maxLineBytes: 9 }))) {
    if (row === 3) break;
  }
  assert.deepEqual([sent, isEnded], [3, true]);
});

/** Rows that a client writes are the rows that a server reads. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CsvScanner } from "../parameters/csv-scanner.ts";
import { encodeRows, type RowFormat, type Rows } from "./encode-rows.ts";

async function write(rows: Rows, format: RowFormat): Promise<readonly string[]> {
  const pieces: string[] = [];
  for await (const piece of encodeRows(rows, format)) pieces.push(Buffer.from(piece).toString());
  return pieces;
}

const csv: RowFormat = { bodyFormat: "csv" };

function scan(text: string, delimiter: string): readonly (readonly string[])[] {
  const scanner = new CsvScanner({ delimiter, maxRowBytes: 1e6, maxFieldBytes: 1e6 }, 100);
  const records: (readonly string[])[] = [];
  for (const piece of [Buffer.from(text), undefined]) {
    scanner.push(piece);
    for (let record = scanner.next(); record !== undefined; record = scanner.next()) records.push(record);
  }
  return records;
}

test("any texts come back from a CSV as they were", async () => {
  const cell = fc.array(fc.constantFrom('"', ",", ";", "\r", "\n", "ö", "a", " ", "\ufeff"), { maxLength: 5 });
  const text = cell.map((chars) => chars.join(""));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(",", ";", "\t"),
      async (pairs, delimiter) => {
        const rows = pairs.map(([a, b]) => ({ a, "b,;\n": b }));
        const written = await write(rows, { ...csv, delimiter });
        assert.deepEqual(scan(written.join(""), delimiter), [["a", "b,;\n"], ...pairs]);
        const narrow = await write(
          pairs.map(([a]) => ({ a })),
          csv,
        );
        assert.deepEqual(scan(narrow.join(""), ","), [["a"], ...pairs.map(([a]) => [a])]);
      },
    ),
  );
});

test("values as text, and columns that are named", async () => {
  const row = { id: 1n, on: true, at: new Date(0), none: undefined, nothing: null, ratio: -0.5 };
  assert.deepEqual(await write([row], csv), [
    "id,on,at,none,nothing,ratio\r\n1,true,1970-01-01T00:00:00.000Z,,,-0.5\r\n",
  ]);
  const columns = ["b", "a"];
  assert.deepEqual(await write([{ a: 1 }, { b: 2 }], { ...csv, columns }), ["b,a\r\n,1\r\n2,\r\n"]);
  assert.deepEqual(await write([], { ...csv, columns }), ["b,a\r\n"]);
});

test("what no CSV can say is refused, and the message says what to do", async () => {
  await assert.rejects(write([], csv), /names of its "columns"/);
  await assert.rejects(write([{ a: 1 }, { a: 1, b: 2 }], csv), /Row 2 has the column "b".*"columns"/);
  await assert.rejects(write([{ a: [1] }], csv), /Row 1 has an object in the column "a"/);
  await assert.rejects(write([[1]], csv), /A row of a CSV is an object/);
  await assert.rejects(write([undefined], { bodyFormat: "json-lines" }), /a value that JSON has/);
});

test("rows that are there already go in pieces, rows that are being made go at once", async () => {
  const lines: RowFormat = { bodyFormat: "json-lines" };
  assert.deepEqual(await write([{ a: "ä\n" }, 2n, null], lines), ['{"a":"ä\\n"}\n"2"\nnull\n']);
  const many = await write(Array<number>(100_000).fill(1), lines);
  assert.ok(many.length > 1 && many.length < 10, String(many.length));
  const made = async function* (): AsyncGenerator<number> {
    yield* [1, 2];
  };
  assert.deepEqual(await write(made(), lines), ["1\n", "2\n"]);
});

/** The CSV scanner: RFC 4180, whatever the chunks are; a plain reference; limits and refusals that name the row. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { HttpError } from "../errors/http-error.ts";
import { CsvScanner, type CsvLimits } from "./csv-scanner.ts";

const limits: CsvLimits = { delimiter: ",", maxRowBytes: 1_000, maxFieldBytes: 100 };

type Records = readonly (readonly string[])[];

/** All records of bytes that come in these pieces. */
function scan(pieces: Iterable<Uint8Array>, given: Partial<CsvLimits> = {}, maxFields = 20): Records {
  const scanner = new CsvScanner({ ...limits, ...given }, maxFields);
  const records: (readonly string[])[] = [];
  for (const piece of [...pieces, undefined]) {
    scanner.push(piece);
    for (let record = scanner.next(); record !== undefined; record = scanner.next()) records.push(record);
  }
  return records;
}

const scanText = (text: string, given?: Partial<CsvLimits>, maxFields?: number): Records =>
  scan([Buffer.from(text)], given, maxFields);

function cut(bytes: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const ends = [...cuts.map((at) => at % (bytes.length + 1)), bytes.length].toSorted((one, other) => one - other);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

/** The plain reference: one character after the other, everything in memory; undefined where the text is none. */
function parsePlainly(text: string, delimiter: string): Records | undefined {
  const records: string[][] = [];
  let fields: string[] = [];
  let field = "";
  let mode: "start" | "plain" | "quoted" | "closed" = "start";
  const endLine = (): void => {
    if (mode !== "start" || fields.length > 0) records.push([...fields, field]);
    [fields, field, mode] = [[], "", "start"];
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (mode === "quoted") {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') {
        field += '"';
        at += 1;
      } else mode = "closed";
    } else if (char === delimiter) {
      fields.push(field);
      [field, mode] = ["", "start"];
    } else if (char === "\n") endLine();
    else if (char === "\r") {
      if (text[at + 1] !== "\n") return undefined;
    } else if (mode === "start" && char === '"') mode = "quoted";
    else if (mode === "closed" || char === '"') return undefined;
    else {
      field += char;
      mode = "plain";
    }
  }
  if (mode === "quoted") return undefined;
  endLine();
  return records;
}

function refusalOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof HttpError);
    const { detail, code, row } = error.problem;
    return [error.status, code, detail, row];
  }
  return assert.fail("it was accepted");
}

describe("records", () => {
  const vectors: readonly (readonly [title: string, text: string, records: Records])[] = [
    [
      "lines end with CRLF",
      "a,b\r\n1,2\r\n",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "lines end with LF, the last with nothing",
      "a,b\n1,2",
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    [
      "quotes",
      '"a","b"\n"1","2"',
      [
        ["a", "b"],
        ["1", "2"],
      ],
    ],
    ["a delimiter, quotes and lines in quotes", '"a,b","c""d","e\r\nf\ng"', [["a,b", 'c"d', "e\r\nf\ng"]]],
    ["only quotes in quotes", '"""",""""""', [['"', '""']]],
    [
      "empty fields",
      ',\n,,\n"",',
      [
        ["", ""],
        ["", "", ""],
        ["", ""],
      ],
    ],
    ["empty lines are none", "\n\r\na\n\n\nb\r\n\r\n", [["a"], ["b"]]],
    ["an empty field in quotes is a record", '""\n""', [[""], [""]]],
    ["spaces belong to the field", " a , b ", [[" a ", " b "]]],
    ["a byte order mark counts for nothing", '\ufeff"a",b', [["a", "b"]]],
    ["a second one does", "\ufeff\ufeffa", [["\ufeffa"]]],
    ["any text", "Möwe,🐦,\ufffd,\0", [["Möwe", "🐦", "\ufffd", "\0"]]],
    ["nothing", "", []],
    ["nothing but a byte order mark", "\ufeff", []],
  ];
  for (const [title, text, records] of vectors) {
    test(title, () => {
      const bytes = Buffer.from(text);
      assert.deepEqual(scan([bytes]), records);
      assert.deepEqual(scan(Array.from(bytes, (byte) => Uint8Array.of(byte))), records);
      for (let at = 0; at <= bytes.length; at += 1) {
        assert.deepEqual(scan([bytes.subarray(0, at), bytes.subarray(at)]), records);
      }
    });
  }

  test("another delimiter", () => {
    assert.deepEqual(scanText('a;"b;c"\n1,2;3', { delimiter: ";" }), [
      ["a", "b;c"],
      ["1,2", "3"],
    ]);
    assert.deepEqual(scanText("a\tb", { delimiter: "\t" }), [["a", "b"]]);
  });
});

test("any text, however it is split, is what the plain reference makes of it", () => {
  const alphabet = fc.constantFrom('"', ",", ";", "\r", "\n", "\r\n", '""', "a", "ö", "🐦", "\ufeff", " ");
  const texts = fc.array(alphabet, { maxLength: 30 }).map((chars) => chars.join(""));
  fc.assert(
    fc.property(texts, fc.array(fc.nat(), { maxLength: 8 }), fc.constantFrom(",", ";"), (text, cuts, delimiter) => {
      const expected = parsePlainly(text.startsWith("\ufeff") ? text.slice(1) : text, delimiter);
      const run = (): Records => scan(cut(Buffer.from(text), cuts), { delimiter }, 100);
      if (expected === undefined) assert.throws(run, HttpError);
      else assert.deepEqual(run(), expected);
    }),
    { numRuns: 3_000 },
  );
});

test("any bytes end in records or a refusal", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(fc.nat(), { maxLength: 4 }), (bytes, cuts) => {
      const whole = attempt(() => scan([bytes], {}, 100));
      assert.deepEqual(
        attempt(() => scan(cut(bytes, cuts), {}, 100)),
        whole,
      );
    }),
    { numRuns: 2_000 },
  );
});

function attempt(run: () => Records): unknown {
  try {
    return run();
  } catch {
    return refusalOf(run);
  }
}

describe("refusals", () => {
  const syntax: readonly (readonly [text: string, detail: string, row: number | undefined])[] = [
    ['a\n1\nx"y', "Row 2 has a quote in a field that does not begin with one.", 2],
    ['"a"b', "The header has text behind a closing quote.", undefined],
    ['a\n"1', "Row 1 ends inside of quotes.", 1],
    ["a\n1\r2", "Row 1 has a carriage return that ends no line.", 1],
    ["a\n1\r", "Row 1 has a carriage return that ends no line.", 1],
    ["\r", "The header has a carriage return that ends no line.", undefined],
  ];
  for (const [text, detail, row] of syntax) {
    test(detail, () =>
      assert.deepEqual(
        refusalOf(() => scanText(text)),
        [400, "csv-syntax", detail, row],
      ),
    );
  }

  test("bytes that are not UTF-8, by column", () => {
    for (const bad of ["ff", "c3", "eda080", "f4908080", "c0af"]) {
      const bytes = Buffer.concat([Buffer.from("a,b\n1,"), Buffer.from(bad, "hex"), Buffer.from("\n")]);
      const detail = "Row 1 is not valid UTF-8 in column 2.";
      assert.deepEqual(
        refusalOf(() => scan([bytes])),
        [400, "csv-utf8", detail, 1],
      );
    }
  });

  test("more columns than there may be, before the rest of the row", () => {
    const detail = "Row 1 has more than 2 columns.";
    assert.deepEqual(
      refusalOf(() => scanText("a,b\n1,2,3,", {}, 2)),
      [400, "csv-columns", detail, 1],
    );
  });

  test("fields and rows have a limit, in quotes and out of them, ended or not", () => {
    const field = "x".repeat(100);
    assert.deepEqual(scanText(`${field}\n"${field}"`), [[field], [field]]);
    const detail = "Row 1 has more than 100 bytes in column 2.";
    for (const text of [`a,b\n1,${field}x\n`, `a,b\n1,"${field}x"`, `a,b\n1,"${field}x`, `a,b\n1,${field}x`]) {
      for (const size of [1, 7, 1_000]) {
        const pieces = cut(
          Buffer.from(text),
          Array.from({ length: text.length / size }, (_, index) => index * size),
        );
        assert.deepEqual(
          refusalOf(() => scan(pieces)),
          [413, "field-too-large", detail, 1],
        );
      }
    }
    const row = `${"1234,".repeat(199)}1234`;
    assert.deepEqual(scanText(`${row}\n`, { maxRowBytes: 999 }, 200)[0]?.length, 200);
    for (const tail of ["5", "5\n", "5,", ",5"]) {
      const refusal = refusalOf(() => scanText(`a\n${row}${tail}`, { maxRowBytes: 999 }, 300));
      assert.deepEqual(refusal, [413, "row-too-large", "Row 1 has more than 999 bytes.", 1]);
    }
  });
});

test("the work grows in a straight line with the size of a field that comes in tiny pieces", () => {
  const pieces = function* (size: number): Generator<Uint8Array> {
    yield Buffer.from('a\n"');
    for (let sent = 0; sent < size; sent += 16) yield Buffer.alloc(16, '""');
    yield Buffer.from('"\n');
  };
  const big = { maxFieldBytes: 10_000_000, maxRowBytes: 10_000_000 };
  const [, row] = scan(pieces(1_600_000), big);
  assert.equal(row?.[0]?.length, 800_000);
});

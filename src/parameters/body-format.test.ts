/** Declarations of bodies: their defaults, and the mistakes that are told at startup. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { csvBody, isBodyFormat, jsonLinesBody, rawBody, streamBody } from "./body-format.ts";

const Row = z.object({ id: z.int() });

test("every default is filled in", () => {
  assert.deepEqual(rawBody().settings, { kind: "bytes", types: undefined, maxBytes: undefined });
  assert.deepEqual(streamBody({ types: ["Image/PNG", "video/*"], maxBytes: 5 }).settings, {
    kind: "stream",
    types: ["image/png", "video/*"],
    maxBytes: 5,
  });
  assert.deepEqual(jsonLinesBody(Row).settings, {
    kind: "json-lines",
    row: Row,
    maxBytes: undefined,
    maxLineBytes: 1_048_576,
  });
  assert.deepEqual(csvBody(Row, { delimiter: "\t", maxFieldBytes: 9 }).settings, {
    kind: "csv",
    row: Row,
    delimiter: "\t",
    maxBytes: undefined,
    maxRowBytes: 1_048_576,
    maxFieldBytes: 9,
  });
  assert.ok(isBodyFormat(rawBody()) && !isBodyFormat(Row) && !isBodyFormat(null) && !isBodyFormat({ kind: "body" }));
});

test("wrong options are refused, and the message says what may stand there", () => {
  const wrong: readonly (readonly [words: RegExp, run: () => unknown])[] = [
    [/rawBody\(\{ maxBytes \}\) was given -1/, () => rawBody({ maxBytes: -1 })],
    [/streamBody\(\{ maxBytes \}\) was given 1.5/, () => streamBody({ maxBytes: 1.5 })],
    [/rawBody\(\) has no option "maxSize"/, () => rawBody({ maxSize: 1 } as object)],
    [/rawBody\(\) was given "image\/png"/, () => rawBody("image/png" as unknown as object)],
    [/jsonLinesBody\(\{ maxLineBytes \}\) was given 0/, () => jsonLinesBody(Row, { maxLineBytes: 0 })],
    [/csvBody\(\{ maxRowBytes \}\) was given NaN/, () => csvBody(Row, { maxRowBytes: Number.NaN })],
    [/csvBody\(\) has no option "separator"/, () => csvBody(Row, { separator: ";" } as never)],
  ];
  for (const [words, run] of wrong) assert.throws(run, { code: "APUS_BAD_OPTION", message: words });
  for (const types of [[], ["png"], ["*/*"], ["image/png; q=1"], [1], "image/png"]) {
    assert.throws(() => rawBody({ types } as object), { code: "APUS_BAD_OPTION", message: /rawBody\(\{ types \}\)/ });
  }
  for (const delimiter of ["", '"', "\n", "\r", "ö", "::", 1]) {
    assert.throws(() => csvBody(Row, { delimiter } as never), { code: "APUS_BAD_OPTION", message: /delimiter/ });
  }
});

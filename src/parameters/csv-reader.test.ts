/** CSV rows: texts become what the schema says, the header is checked, and refusals name the row. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { z } from "zod";
import { HttpError, ValidationError } from "../errors/http-error.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import { compileCsvPlan, CsvReader } from "./csv-reader.ts";
import { readRows } from "./read-rows.ts";

const limits = { delimiter: ",", maxRowBytes: 10_000, maxFieldBytes: 10_000 };

async function read(source: unknown, text: string): Promise<readonly unknown[]> {
  const chunks = (async function* () {
    yield Buffer.from(text);
  })();
  const plan = compileCsvPlan(await compileSchema(source), limits);
  const rows: unknown[] = [];
  for await (const row of readRows(chunks, new CsvReader(plan))) rows.push(row);
  return rows;
}

async function refusalOf(source: unknown, text: string): Promise<unknown> {
  const error: unknown = await read(source, text).catch((reason: unknown) => reason);
  if (error instanceof ValidationError) return error.issues.map(({ pointer, message }) => [pointer, message]);
  assert.ok(error instanceof HttpError, String(error));
  return [error.status, error.problem["code"], error.problem.detail];
}

const Bird = z.object({
  id: z.int(),
  name: z.string(),
  weight: z.number().optional(),
  ringed: z.boolean().default(false),
  seen: z.iso.date().optional(),
  kind: z.enum(["swift", "swallow"]).optional(),
  note: z.string().nullable().optional(),
});

test("texts become what the schema says; an empty one is not sent where no text is taken", async () => {
  const text = 'name,id,weight,ringed,kind\nApus,1,41.5,yes,swift\n"Hirundo, rustica",2,,,\n,3,,1,';
  const expected = [
    { name: "Apus", id: 1, weight: 41.5, ringed: true, kind: "swift" },
    { name: "Hirundo, rustica", id: 2, ringed: false },
    { name: "", id: 3, ringed: true },
  ];
  assert.deepEqual(await read(Bird, text), expected);
  const same = v.object({ id: v.pipe(v.number(), v.integer()), name: v.string() });
  assert.deepEqual(await read(same, "id,name\n7,x"), [{ id: 7, name: "x" }]);
});

test("the schema says what becomes of columns that it does not name", async () => {
  const text = "id,other\n1,x";
  assert.deepEqual(await read(z.object({ id: z.int() }), text), [{ id: 1 }]);
  assert.deepEqual(await read(z.looseObject({ id: z.int() }), text), [{ id: 1, other: "x" }]);
  assert.deepEqual(await refusalOf(z.strictObject({ id: z.int() }), text), [
    ["/0", 'Unrecognized key: "other" (row 1)'],
  ]);
  const rows = await read(z.looseObject({}), "__proto__,constructor,a\n1,2,3");
  assert.deepEqual(rows, [{ a: "3" }]);
});

test("the header names columns once, and has those that are required", async () => {
  assert.deepEqual(await refusalOf(Bird, ""), [400, "csv-header", "The CSV has no header line."]);
  assert.deepEqual(await refusalOf(Bird, "\n\n"), [400, "csv-header", "The CSV has no header line."]);
  const twice = [400, "csv-header", "The header has one name for columns 1 and 3."];
  assert.deepEqual(await refusalOf(Bird, "id,name,id\n"), twice);
  const nameless = [400, "csv-header", "The header has no name for column 3."];
  assert.deepEqual(await refusalOf(Bird, "id,name,\n"), nameless);
  assert.deepEqual(await refusalOf(Bird, "weight\n"), [
    ["", 'has no column "id"'],
    ["", 'has no column "name"'],
  ]);
  const many = Array.from({ length: 1_001 }, (_, index) => `c${index}`).join();
  assert.deepEqual(await refusalOf(Bird, many), [400, "csv-columns", "The header has more than 1000 columns."]);
  assert.deepEqual(await read(Bird, "id,name"), []);
});

test("rows have as many columns as the header, and fit the schema", async () => {
  assert.deepEqual(await refusalOf(Bird, "id,name\n1,a\n2"), [400, "csv-columns", "Row 2 has 1 of 2 columns."]);
  assert.deepEqual(await refusalOf(Bird, "id,name\n1,a,b"), [400, "csv-columns", "Row 1 has more than 2 columns."]);
  assert.deepEqual(await refusalOf(Bird, "id,name,weight\n1,a,2\nx,a,heavy"), [
    ["/1/id", "Invalid input: expected number, received string (row 2)"],
    ["/1/weight", "Invalid input: expected number, received string (row 2)"],
  ]);
});

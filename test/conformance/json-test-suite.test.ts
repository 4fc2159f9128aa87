/** The JSONTestSuite (github.com/nst/JSONTestSuite) against the reader of JSON bodies. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { HttpError } from "../../src/errors/http-error.ts";
import { parseJson } from "../../src/parameters/parse-json.ts";

const folder = new URL("../../../shared/vectors/json/", import.meta.url);
const skip = existsSync(folder) ? false : "the JSONTestSuite files are not here";
const files = skip === false ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];

const classes = [
  ["y_", "are accepted", ["value"]],
  ["n_", "are refused with 400", ["400"]],
  ["i_", "are a value or 400, and nothing else", ["value", "400"]],
] as const;

for (const [prefix, expectation, allowed] of classes) {
  test(`JSONTestSuite: all ${prefix} files ${expectation}`, { skip }, () => {
    const members = files.filter((file) => file.startsWith(prefix));
    assert.ok(members.length > 10, `only ${members.length} files of this class`);
    const outcomes = members.map(
      (file) => [file, judge(readFileSync(new URL(encodeURIComponent(file), folder)))] as const,
    );
    const failures = outcomes.filter(([, outcome]) => !allowed.some((name) => name === outcome));
    assert.deepEqual(failures, []);
  });
}

function judge(bytes: Uint8Array): string {
  try {
    parseJson(bytes);
    return "value";
  } catch (error) {
    return error instanceof HttpError ? String(error.status) : String(error);
  }
}

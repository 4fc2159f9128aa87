/** The list of attacks that others have fallen to: each row has a test that is named after it, or a reason why it has none. */

import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);

/** Rows 1 to 178 and what belongs to the last one. */
const rows: readonly string[] = [
  ...Array.from({ length: 178 }, (_, index) => String(index + 1)),
  ...["b", "c", "d", "e", "f", "g"].map((letter) => `178${letter}`),
];

/** Rows, or the first and the last of several, that concern what is not here; a row leaves with its first test. */
const notApplicable: Readonly<Record<string, string>> = {
  "32-36": "no HTTP client of ours writes requests: the typed client goes through the platform's fetch",
  "60": "nothing is forwarded to another server",
  "92": "no schema and no pattern comes from a request",
  "93": "formats are checked by the vendor of the schema",
  "123": "boundaries of forms are made by the platform's FormData",
  "136": "header fields of the typed client are set by the platform",
  "137": "in Node.js itself; nothing of a request is a key or a size",
  "138": "a function that chooses a certificate by the server's name is the application's own",
  "143": "in Node.js itself; no certificate of a client is looked at",
  "173": "no answer is kept for another request",
  "174": "nothing is forwarded to another server",
  "175": "redirects of the typed client are followed by the platform's fetch",
  "178-178g": "HTTP/2 is left to the proxy in front",
};

const callForm = /^\s*(?:test|attack|attackBytes|attackEngines|holdOpen)\(\s*(["'`])(.*)\1/gm;
const titleForm = /^(\d{1,3}[b-g]?(?:, \d{1,3}[b-g]?)*):? /;

/** Titles of the tests that a file registers; in a text, because a test that is skipped registers nothing. */
function readTitles(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: root }).flatMap((path) =>
    [...readFileSync(new URL(path, root), "utf8").matchAll(callForm)].map((match) => match[2] as string),
  );
}

function rowsOf(title: string): readonly string[] {
  return titleForm.exec(title)?.[1]?.split(", ") ?? [];
}

function expand(range: string): readonly string[] {
  const [first = "", last = first] = range.split("-");
  assert.ok(rows.includes(first) && rows.includes(last), `${range}: no such row`);
  return rows.slice(rows.indexOf(first), rows.indexOf(last) + 1);
}

const attackTitles = readTitles("test/conformance/attacks-*.test.ts").filter(
  (title) => !["every attack", "every title"].some((start) => title.startsWith(start)),
);
const tested: ReadonlySet<string> = new Set([...attackTitles, ...readTitles("src/**/*.test.ts")].flatMap(rowsOf));
const excused: ReadonlySet<string> = new Set(Object.keys(notApplicable).flatMap(expand));

test("every attack has a test that is named after it, or a reason", () => {
  const missing = rows.filter((row) => !tested.has(row) && !excused.has(row));
  assert.deepEqual(missing, [], "write a test whose title begins with the row's number");
  const both = rows.filter((row) => tested.has(row) && excused.has(row));
  assert.deepEqual(both, [], "these have a test: take them out of notApplicable");
});

test("every title of an attack begins with rows that there are", () => {
  assert.ok(attackTitles.length > 50, `${attackTitles.length} titles were found`);
  for (const title of attackTitles) {
    const named = rowsOf(title);
    assert.ok(named.length > 0, title);
    for (const row of named) assert.ok(rows.includes(row), title);
  }
});

/** Tests of `vary`: names are added, none is lost, none stands twice. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { HeaderLine } from "../http/http-response.ts";
import { appendVary } from "./vary.ts";

const plain: HeaderLine = ["content-type", "text/plain"];

test("a name is added where there is none", () => {
  assert.deepEqual(appendVary([plain], ["Origin"]), [plain, ["vary", "Origin"]]);
});

test("168 hono d9b8b4b7: what is there stays, on one line, each name once", () => {
  const lines: HeaderLine[] = [["vary", "Accept, origin"], plain, ["Vary", "Cookie,"]];
  assert.deepEqual(appendVary(lines, ["Origin", "Accept-Encoding"]), [
    plain,
    ["vary", "Accept, origin, Cookie, Accept-Encoding"],
  ]);
});

test("nothing changes when nothing is missing", () => {
  for (const value of ["origin", "*", "accept , ORIGIN"]) {
    const lines: HeaderLine[] = [plain, ["vary", value]];
    assert.equal(appendVary(lines, ["Origin"]), lines, value);
  }
  const lines = [plain];
  assert.equal(appendVary(lines, []), lines);
});

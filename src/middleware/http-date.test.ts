/** parseHttpDate(): three forms, and nothing that only looks like a date. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseHttpDate } from "./http-date.ts";

const moment = Date.UTC(1994, 10, 6, 8, 49, 37);

test("the three forms of RFC 9110 §5.6.7", () => {
  assert.equal(parseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), moment);
  assert.equal(parseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), moment);
  assert.equal(parseHttpDate("Sun Nov  6 08:49:37 1994"), moment);
  assert.equal(parseHttpDate("Sun Nov 16 08:49:37 1994"), Date.UTC(1994, 10, 16, 8, 49, 37));
});

test("two digits of a year are at most fifty years ahead", () => {
  const now = new Date().getUTCFullYear();
  for (let ahead = -49; ahead <= 50; ahead += 1) {
    const year = now + ahead;
    const short = String(year % 100).padStart(2, "0");
    assert.equal(new Date(parseHttpDate(`Sunday, 06-Nov-${short} 08:49:37 GMT`) ?? 0).getUTCFullYear(), year);
  }
});

test("what is no date of HTTP", () => {
  const texts = [
    "",
    "0",
    "yesterday",
    "1994-11-06T08:49:37Z",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 08:49:37 +0000",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 08:49:37 GMT\n",
    "sun, 06 nov 1994 08:49:37 gmt",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "Sun, 31 Feb 1994 08:49:37 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:00 GMT",
    "Sun, 06 Nov 1994 08:49:61 GMT",
    `Sun, 06 Nov 1994 08:49:37 GMT${" ".repeat(200_000)}`,
  ];
  for (const text of texts) assert.equal(parseHttpDate(text), undefined, text.slice(0, 40));
});

/** chooseCoding(): weights, wildcards, and fields that nobody should send. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseCoding, type ContentCoding } from "./accept-encoding.ts";

const ours: readonly ContentCoding[] = ["br", "zstd", "gzip"];

test("the client's choice, then ours", () => {
  const cases: readonly (readonly [string | undefined, ContentCoding | undefined])[] = [
    [undefined, undefined],
    ["", undefined],
    [" ", undefined],
    ["gzip", "gzip"],
    ["GZIP", "gzip"],
    ["x-gzip", "gzip"],
    ["gzip, deflate, br, zstd", "br"],
    ["gzip;q=1.0, br;q=0.8", "gzip"],
    ["gzip ; q=0.5 ,br; Q=0.5", "br"],
    ["*", "br"],
    ["*;q=0.1, br;q=0", "zstd"],
    ["br;q=0, *;q=0", undefined],
    ["identity", undefined],
    ["identity;q=0", undefined],
    ["identity;q=0, gzip;q=0.1", "gzip"],
    ["identity, gzip;q=0.9", undefined],
    ["identity;q=0.5, gzip;q=0.5", "gzip"],
    ["identity;q=1, *;q=0", undefined],
    ["compress, deflate", undefined],
    ["gzip;q=0", undefined],
    ["gzip;q=0.000", undefined],
    ["gzip;q=0.001", "gzip"],
    ["gzip, gzip;q=0", undefined],
    ["gzip;q=2", undefined],
    ["gzip;q=-1", undefined],
    ["gzip;q=0.1234", undefined],
    ["gzip;q=", undefined],
    ["gzip;level=9", undefined],
    [";q=1,,=,gzip", "gzip"],
    ["__proto__, constructor;q=1", undefined],
  ];
  for (const [field, expected] of cases) assert.equal(chooseCoding(field, ours), expected, field);
});

test("134 hono 50869562, f70e2c31: a long field is read in linear time", () => {
  const fields = [
    `gzip;q=${"0".repeat(200_000)}`,
    `gzip${" ".repeat(200_000)}x`,
    `br;q=0${" ;".repeat(100_000)}`,
    ",".repeat(200_000),
    "gzip;q=0,".repeat(20_000),
  ];
  for (const field of fields) assert.equal(chooseCoding(field, ours), undefined);
});

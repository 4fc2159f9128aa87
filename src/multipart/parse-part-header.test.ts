/** Headers of parts: what is read of them, and what is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpError } from "../errors/http-error.ts";
import { maxPartHeaders, parsePartHeader } from "./parse-part-header.ts";

const parse = (...lines: readonly string[]): unknown => parsePartHeader(Buffer.from(lines.join("\r\n")), 3);
const named = 'Content-Disposition: form-data; name="a"';

test("name, file name and type", () => {
  assert.deepEqual(parse(named), { name: "a", fileName: undefined, type: undefined });
  assert.deepEqual(parse(`${named}; filename="b"`, "content-TYPE:Text/Plain; charset=UTF-8"), {
    name: "a",
    fileName: "b",
    type: "text/plain",
  });
  assert.deepEqual(parse("X-Other: 1", named, "Content-Transfer-Encoding: Binary"), {
    name: "a",
    fileName: undefined,
    type: undefined,
  });
  // A charset that says nothing of bytes.
  assert.equal((parse(named, "Content-Type: image/png; charset=binary") as { type: string }).type, "image/png");
});

const refused: readonly (readonly [status: number, ...lines: string[]])[] = [
  [400, ""],
  [400, "Content-Type: text/plain"],
  [400, named, "no colon"],
  [400, named, ": no name"],
  [400, named, "Bad Name: x"],
  [400, named, "Folded: a", " b"],
  [400, named, "X: a\nY: b"],
  [400, named, "X: a\rY: b"],
  [400, named, "X: a\0b"],
  [400, named, named],
  [400, 'Content-Disposition: form-data; name=""'],
  [400, named, "Content-Type: text"],
  [400, named, "Content-Type: text/plain, text/html"],
  [415, named, "Content-Type: text/plain; charset=utf-16"],
  [415, named, "Content-Transfer-Encoding: base64"],
  [415, named, "Content-Transfer-Encoding: quoted-printable"],
  [413, named, ...Array.from({ length: maxPartHeaders }, (_, index) => `X-${index}: 1`)],
];

for (const [status, ...lines] of refused) {
  test(`${JSON.stringify(lines.join("\r\n").slice(0, 100))} is a ${status} that names the part`, () => {
    assert.throws(
      () => parse(...lines),
      (error) => error instanceof HttpError && error.status === status && error.message.startsWith("Part 3 "),
    );
  });
}

test("headers that are not UTF-8 are refused", () => {
  assert.throws(() => parsePartHeader(Buffer.from(named.replace('"a"', '"\xff"'), "latin1"), 1), HttpError);
});

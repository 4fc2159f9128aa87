/** Declarations of files: defaults, and what is refused with its place. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isUploadField, upload, uploads } from "./upload-field.ts";

test("defaults", () => {
  const { accepted: _, ...one } = upload().settings;
  assert.deepEqual(one, {
    isList: false,
    streams: false,
    minCount: 1,
    maxCount: 1,
    maxBytes: undefined,
    types: [],
    description: undefined,
  });
  assert.equal(upload({ optional: true }).settings.minCount, 0);
  const { isList, minCount, maxCount } = uploads().settings;
  assert.deepEqual([isList, minCount, maxCount], [true, 0, 10]);
  assert.ok(isUploadField(upload()) && isUploadField(uploads()));
  for (const other of [undefined, null, {}, "upload", upload]) assert.ok(!isUploadField(other));
});

const slip: object = { maxSize: 5 };
const foreign: object = { maxCount: 5 };

const mistakes: readonly (readonly [why: RegExp, declare: () => unknown])[] = [
  [/maxBytes -1/, () => upload({ maxBytes: -1 })],
  [/maxBytes Infinity/, () => upload({ maxBytes: Infinity })],
  [/types that are no list/, () => upload({ types: "image/png" as unknown as string[] })],
  [/the type "x"/, () => upload({ types: ["x"] })],
  [/the option "maxSize", which does not exist/, () => upload(slip)],
  [/the option "maxCount"/, () => upload(foreign)],
  [/no object/, () => upload(5 as unknown as object)],
  [/whole numbers/, () => uploads({ minCount: 3, maxCount: 2 })],
  [/whole numbers/, () => uploads({ maxCount: 0 })],
  [/whole numbers/, () => uploads({ minCount: 0.5 })],
];

for (const [why, declare] of mistakes) {
  test(`refused: ${String(why)}`, () => {
    assert.throws(declare, { code: "APUS_BAD_OPTION", message: why });
    assert.throws(declare, { message: /^uploads?\(\) at .*upload-field\.test\.ts:\d+ / });
  });
}

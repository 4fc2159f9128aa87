/** First bytes, and what they are the beginning of. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compileTypes } from "./accepted-types.ts";
import { detectType, looksLikeText } from "./file-signature.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

const heads: readonly (readonly [head: string, type: string | undefined])[] = [
  ["\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"],
  ["\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"],
  ["GIF89a\x01\0\x01\0", "image/gif"],
  ["RIFF\x24\0\0\0WEBPVP8 ", "image/webp"],
  ["RIFF\x24\0\0\0WAVEfmt ", "audio/wav"],
  ["RIFF\x24\0\0\0xxxx", undefined],
  ["\0\0\0\x20ftypisom\0\0\x02\0", "video/mp4"],
  ["\0\0\0\x20ftypavif", "image/avif"],
  ["\0\0\0\x14ftypqt  ", "video/quicktime"],
  ["%PDF-1.7", "application/pdf"],
  ["PK\x03\x04\x14\0", "application/zip"],
  ["\x1f\x8b\x08", "application/gzip"],
  ["\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm"],
  ["\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x88matroska", "video/x-matroska"],
  ["MZ\x90\0\x03", "application/vnd.microsoft.portable-executable"],
  ["\x7fELF\x02", "application/x-elf"],
  ["BMW;MZ", undefined],
  ["<svg xmlns=", undefined],
  ["", undefined],
  ["\x89PN", undefined],
];

for (const [head, type] of heads) {
  test(`${JSON.stringify(head.slice(0, 12))} begins ${type ?? "nothing that is known"}`, () => {
    assert.equal(detectType(bytes(head)), type);
  });
}

test("text is UTF-8 without NUL, even when it is cut in a character", () => {
  assert.ok(looksLikeText(Buffer.from("naïve")));
  assert.ok(looksLikeText(Buffer.from("naï").subarray(0, 3)));
  assert.ok(looksLikeText(bytes("")));
  assert.ok(!looksLikeText(bytes("a\0b")));
  assert.ok(!looksLikeText(bytes("\xffa")));
});

describe("types of a declaration", () => {
  const png = bytes("\x89PNG\r\n\x1a\n");
  const svg = bytes("<svg onload=alert(1)>");
  const zip = bytes("PK\x03\x04");
  const sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  const cases: readonly (readonly [types: string[], head: Buffer, claimed: string, accepted: boolean])[] = [
    [["image/png"], png, "text/html", true],
    [["image/jpeg"], png, "image/jpeg", false],
    [["IMAGE/*"], png, "x/y", true],
    [["image/*"], svg, "image/svg+xml", false],
    [["image/svg+xml"], svg, "image/svg+xml", true],
    [["image/svg+xml"], svg, "text/plain", false],
    [["text/csv"], bytes("a,b\n"), "text/csv", true],
    [["text/csv"], bytes("a,b\n"), "text/html", false],
    [["text/*"], bytes("a,b\n"), "text/csv", true],
    [["text/csv"], png, "text/csv", false],
    [["text/csv"], bytes("a\0b"), "text/csv", false],
    [["application/json"], bytes("{}"), "application/json", true],
    [["application/zip"], zip, sheet, true],
    [[sheet], zip, sheet, true],
    [[sheet], zip, "application/zip", false],
    [[sheet], png, sheet, false],
  ];
  for (const [types, head, claimed, accepted] of cases) {
    test(`${types.join()} and ${JSON.stringify(head.toString("latin1").slice(0, 8))} as ${claimed}`, () => {
      assert.equal(compileTypes(types, "upload()").accepts(head, claimed), accepted);
    });
  }

  test("what cannot be told is refused at once", () => {
    for (const type of ["application/octet-stream", "application/x-foo", "image", "image/png; q=1", "", 5]) {
      assert.throws(() => compileTypes([type as string], "upload() at a.ts:1"), {
        code: "APUS_BAD_OPTION",
        message: /^upload\(\) at a\.ts:1 has the type /,
      });
    }
  });
});

/** Names of files: whatever a client sends, one segment that no file system takes for anything else. */

import assert from "node:assert/strict";
import { basename, win32 } from "node:path";
import { test } from "node:test";
import { assert as check, property, string } from "fast-check";
import { buildSafeFileName } from "./safe-file-name.ts";

const names: readonly (readonly [sent: string, name: string])[] = [
  ["photo.png", "photo.png"],
  ["naïve 🐦.png", "naïve 🐦.png"],
  ["../../etc/passwd", "passwd"],
  ["/etc/passwd", "passwd"],
  [String.raw`C:\dir\sub\a.txt`, "a.txt"],
  [String.raw`..\..\a.txt`, "a.txt"],
  ["a/b\\c.txt", "c.txt"],
  ["C:evil.txt", "C_evil.txt"],
  ["a.txt:stream", "a.txt_stream"],
  ["a\0b\r\nc\u0085.txt", "abc.txt"],
  ["gpj.\u202eexe.txt", "gpj.exe.txt"],
  [".htaccess", "_.htaccess"],
  ["..", "unnamed"],
  ["...", "unnamed"],
  ["", "unnamed"],
  ["  ", "unnamed"],
  ["dir/", "unnamed"],
  ["a.txt. . ", "a.txt"],
  ["con", "_con"],
  ["NUL.tar.gz", "_NUL.tar.gz"],
  ["lpt1 .txt", "_lpt1 .txt"],
  ["console.txt", "console.txt"],
  ['a"<b>|c?*.txt', "a__b__c__.txt"],
  ["e\u0301.txt", "\u00e9.txt"],
  [`${"x".repeat(300)}.png`, `${"x".repeat(251)}.png`],
  [`${"🐦".repeat(100)}.png`, `${"🐦".repeat(62)}.png`],
  [`a.${"x".repeat(300)}`, `a.${"x".repeat(253)}`],
];

for (const [sent, name] of names) {
  test(`${JSON.stringify(sent.slice(0, 40))} becomes ${JSON.stringify(name.slice(0, 40))}`, () => {
    assert.equal(buildSafeFileName(sent), name);
    assert.equal(buildSafeFileName(name), name, "it stays what it is");
  });
}

test("any name is one visible segment of at most 255 bytes", () => {
  check(
    property(string({ unit: "binary", maxLength: 400 }), (sent) => {
      const name = buildSafeFileName(sent);
      assert.ok(name.length > 0 && Buffer.byteLength(name) <= 255);
      assert.equal(basename(name), name);
      assert.equal(win32.basename(name), name);
      assert.doesNotMatch(name, /^\.|[. ]$|[/\\:\p{Cc}]/u);
    }),
  );
});

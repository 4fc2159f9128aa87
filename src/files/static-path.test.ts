/** Paths below a folder: what names a file, and what could lead elsewhere. */

import assert from "node:assert/strict";
import { posix, win32 } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseNames, parseStaticPath } from "./static-path.ts";

test("names, and whether they name a folder", () => {
  assert.deepEqual(parseNames("a.txt"), { names: ["a.txt"], isFolder: false });
  assert.deepEqual(parseNames("css/site.css"), { names: ["css", "site.css"], isFolder: false });
  assert.deepEqual(parseNames("docs/"), { names: ["docs"], isFolder: true });
  assert.deepEqual(parseNames(""), { names: [], isFolder: true });
  assert.deepEqual(parseNames("grüße .txt"), { names: ["grüße .txt"], isFolder: false });
  assert.deepEqual(parseNames("..a/...b"), { names: ["..a", "...b"], isFolder: false });
});

test("what one system or another reads as something else is refused", () => {
  for (const path of [
    "/",
    "//",
    "/etc/passwd",
    "a//b",
    "a//",
    ".",
    "..",
    "./a",
    "../a",
    "a/..",
    "a/../b",
    "a/./b",
    "...",
    "a.",
    "a ",
    "a./b",
    "a /b",
    "..\\a",
    "a\\b",
    "C:a",
    "c:/a",
    "a.txt::$DATA",
    "a\0.txt",
    "a\n",
    "a\u007f",
    "\ud800",
  ]) {
    assert.equal(parseNames(path), undefined, JSON.stringify(path));
  }
});

test("what was encoded separates nothing", () => {
  assert.deepEqual(parseStaticPath("a b/c", "/x/a%20b/%63")?.names, ["a b", "c"]);
  assert.deepEqual(parseStaticPath("a%2Fb", "/x/a%252Fb")?.names, ["a%2Fb"]);
  assert.equal(parseStaticPath("a/b", "/x/a%2Fb"), undefined, "as the converter of {path} decodes it");
  assert.equal(parseStaticPath("a%2Fb", "/x/a%2Fb"), undefined, "as the converter of {path:path} leaves it");
  assert.equal(parseStaticPath("a%2fb/c", "/a%2fb/c"), undefined);
});

test("without a parameter it is the folder", () => {
  assert.deepEqual(parseStaticPath(undefined, "/assets/"), { names: [], isFolder: true });
  assert.deepEqual(parseStaticPath(undefined, "/assets"), { names: [], isFolder: false });
});

test("whatever is passed stays below its folder, on every system", () => {
  const odd = fc.constantFrom(
    "/",
    "\\",
    "..",
    ".",
    ":",
    "C:",
    "\0",
    " ",
    "a",
    "~1",
    "%2e",
    "%2f",
    "\u2024",
    "?",
    "*",
    "CON",
  );
  const path = fc.array(fc.oneof(odd, fc.string()), { maxLength: 8 }).map((parts) => parts.join(""));
  fc.assert(
    fc.property(path, (text) => {
      const names = parseNames(text)?.names;
      if (names === undefined || names.length === 0) return;
      const below = posix.join("/srv/public", ...names);
      assert.equal(below, `/srv/public/${names.join("/")}`);
      assert.equal(win32.join("D:\\srv\\public", ...names), `D:\\srv\\public\\${names.join("\\")}`);
      assert.deepEqual(names, text.replace(/\/$/, "").split("/"));
    }),
    { numRuns: 2_000 },
  );
});

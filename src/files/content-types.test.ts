/** Media types by ending. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseMediaType } from "../http/media-type.ts";
import { findContentType } from "./content-types.ts";

test("by the last ending, whatever its case", () => {
  assert.equal(findContentType("a.html"), "text/html; charset=utf-8");
  assert.equal(findContentType("/x/A.MIN.JS"), "text/javascript; charset=utf-8");
  assert.equal(findContentType("backup.tar.gz"), "application/gzip");
  assert.equal(findContentType("photo.JPG"), "image/jpeg");
});

test("what has no ending, or one that nobody knows, is just bytes", () => {
  for (const name of [
    "",
    "README",
    ".html",
    "/a.html/b",
    "a.html\\b",
    "a.",
    "a.constructor",
    "a.__proto__",
    "a.html ",
  ]) {
    assert.equal(findContentType(name), "application/octet-stream", name);
  }
});

test("each type is one, and text says its charset", () => {
  for (const ending of ["css", "csv", "html", "js", "md", "txt", "vtt", "json", "svg", "mp4", "woff2", "wasm"]) {
    const type = parseMediaType(findContentType(`a.${ending}`));
    assert.ok(type !== undefined && type.essence !== "application/octet-stream", ending);
    assert.equal(type.parameters.get("charset"), type.essence.startsWith("text/") ? "utf-8" : undefined, ending);
  }
});

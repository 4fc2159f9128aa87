/** Who asks for a page. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptsPages } from "./accept-pages.ts";

test("only who names a page", () => {
  for (const field of [
    "text/html",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "a/b, TEXT/HTML;q=0.1",
  ]) {
    assert.equal(acceptsPages(field), true, field);
  }
  for (const field of [
    undefined,
    "",
    "*/*",
    "text/*",
    "image/avif,*/*;q=0.8",
    "text/html;q=0",
    "text/html;q=0.0",
    "text/htmlx",
    "text/html;q=x",
  ]) {
    assert.equal(acceptsPages(field), false, field);
  }
});

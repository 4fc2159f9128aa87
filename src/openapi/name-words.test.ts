/** Tests of names taken apart into words. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { splitWords, toPascalCase, toTitle } from "./name-words.ts";

test("words end at case, separators and acronyms", () => {
  assert.deepEqual(splitWords("readHTTPItem"), ["read", "HTTP", "Item"]);
  assert.deepEqual(splitWords("read-http_item"), ["read", "http", "item"]);
  assert.deepEqual(splitWords("/read/{item}.json"), ["read", "item", "json"]);
  assert.deepEqual(splitWords("item2Name"), ["item2", "Name"]);
  assert.deepEqual(splitWords(""), []);
});

test("a name becomes an identifier", () => {
  assert.equal(toPascalCase("read item"), "ReadItem");
  assert.equal(toPascalCase("item.created"), "ItemCreated");
  assert.equal(toPascalCase("größe_ändern"), "GrößeÄndern");
});

test("a name becomes a title that keeps acronyms", () => {
  assert.equal(toTitle("readItem"), "Read item");
  assert.equal(toTitle("getHTMLPage"), "Get HTML page");
  assert.equal(toTitle("list_all_items"), "List all items");
});

/** Events on the wire: nothing that is given can end its line. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeEvent, event, type ServerEventInit } from "./server-event.ts";

test("152 GHSA-p6xx: a line end in event or id is refused, and a retry that is no number", () => {
  for (const init of [
    { event: "a\nb" },
    { event: "a\rb" },
    { id: "1\r\ndata: x" },
    { id: "1\u0000" },
    { retry: -1 },
    { retry: "1\nid: 2" },
    { event: 5 },
    { comment: 5 },
  ] as unknown as ServerEventInit[]) {
    assert.throws(() => event(1, init), { code: "APUS_BAD_OPTION" }, JSON.stringify(init));
  }
});

test("153 CVE-2026-33128: line ends in data stay inside of its JSON, and those of a comment begin comments", () => {
  assert.equal(encodeEvent("a\nb\r\nc\rd"), 'data: "a\\nb\\r\\nc\\rd"\n\n');
  assert.equal(encodeEvent(undefined, { comment: "a\rb\r\nc\nid: 1" }), ": a\n: b\n: c\n: id: 1\n\n");
});

test("fields are in the order comment, event, data, id, retry", () => {
  const init = { retry: 5, id: "7", event: "add", comment: "c" };
  assert.equal(encodeEvent({ a: 1 }, init), ': c\nevent: add\ndata: {"a":1}\nid: 7\nretry: 5\n\n');
});

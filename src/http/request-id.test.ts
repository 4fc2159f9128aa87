/** Which request ids and trace ids are taken over from a client. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readRequestId } from "./request-id.ts";
import { readTraceId } from "./trace-parent.ts";

test("a harmless id is kept, anything else is replaced by a new one", () => {
  assert.equal(readRequestId("abc-1.2_3"), "abc-1.2_3");
  const made = ["", "a b", "a\u001b[31m", "ä", "x".repeat(129), undefined].map((given) => readRequestId(given));
  for (const id of made) assert.match(id, /^[A-Za-z0-9-]{12}\.[0-9a-z]+$/);
  assert.equal(new Set(made).size, made.length);
});

test("the trace id of a valid traceparent is read, an invalid one is ignored", () => {
  const trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  assert.equal(readTraceId(`00-${trace}-00f067aa0ba902b7-01`), trace);
  assert.equal(readTraceId(`cc-${trace}-00f067aa0ba902b7-01-what-comes-later`), trace);
  const wrong = [
    undefined,
    "",
    `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`,
    `00-${"0".repeat(32)}-00f067aa0ba902b7-01`,
    `00-${trace}-0000000000000000-01`,
    `ff-${trace}-00f067aa0ba902b7-01`,
    `00-${trace}-00f067aa0ba902b7`,
    `00-${trace}-00f067aa0ba902b7-01${"x".repeat(300)}`,
  ];
  for (const header of wrong) assert.equal(readTraceId(header), undefined, header);
});

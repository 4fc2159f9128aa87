/** Tests of challenges: their text, and that nothing put into one can break out of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkHeaderValue } from "../http/header-rules.ts";
import { encodeChallenges, MissingCredentials, refuseCredentials } from "./challenge.ts";

test("a challenge is its scheme and its parameters as quoted text", () => {
  assert.equal(encodeChallenges([{ scheme: "Bearer", parameters: {} }]), "Bearer");
  assert.equal(encodeChallenges([{ scheme: "Bearer", parameters: { realm: undefined } }]), "Bearer");
  assert.equal(
    encodeChallenges([
      { scheme: "Bearer", parameters: { realm: "items", error: "invalid_token" } },
      { scheme: "Basic", parameters: { realm: "items" } },
    ]),
    'Bearer realm="items", error="invalid_token", Basic realm="items"',
  );
});

test("quotes, control characters and what is no ASCII cannot leave a parameter", () => {
  const text = encodeChallenges([{ scheme: "Basic", parameters: { realm: 'a"b\\c\r\nset-cookie: x\u0000é😀' } }]);
  assert.equal(text, 'Basic realm="a\\"b\\\\c??set-cookie: x????"');
  checkHeaderValue("www-authenticate", text);
});

test("both refusals are 401 with their challenges, and neither says why", () => {
  const challenge = { scheme: "Bearer", parameters: { realm: "items" } };
  const missing = new MissingCredentials([challenge, { scheme: "Basic", parameters: {} }]);
  assert.equal(missing.status, 401);
  assert.deepEqual(missing.headers, { "www-authenticate": 'Bearer realm="items", Basic' });
  const refused = refuseCredentials(challenge);
  assert.equal(refused.status, 401);
  assert.deepEqual(refused.headers, { "www-authenticate": 'Bearer realm="items"' });
  assert.deepEqual(refused.toProblem(), {
    type: "about:blank",
    title: "Unauthorized",
    status: 401,
    detail: "The credentials are not accepted.",
  });
});

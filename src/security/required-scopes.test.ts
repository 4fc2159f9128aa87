/** Tests of the comparison of scopes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { HttpError } from "../errors/http-error.ts";
import { requireScopes } from "./required-scopes.ts";

test("granted scopes are text or a list, and case counts", () => {
  requireScopes(undefined, []);
  requireScopes("a b  c", ["c", "a"]);
  requireScopes(["a", "b"], ["b"]);
  requireScopes(new Set(["a"]), ["a", "a"]);
  for (const granted of [undefined, "", "A", "ab", ["a b"], []]) {
    assert.throws(() => requireScopes(granted, ["a"]), { status: 403 });
  }
});

test("the problem names what is missing, the challenge what is needed", () => {
  assert.throws(
    () => requireScopes("items:read", ["items:read", "items:write", "admin", "admin"]),
    (error: HttpError) => {
      assert.equal(error.status, 403);
      assert.deepEqual(error.headers, {
        "www-authenticate": 'Bearer error="insufficient_scope", scope="items:read items:write admin"',
      });
      assert.deepEqual(error.toProblem(), {
        type: "about:blank",
        title: "Forbidden",
        status: 403,
        detail: "The credentials lack scopes: items:write admin.",
        missing: ["items:write", "admin"],
      });
      return true;
    },
  );
});

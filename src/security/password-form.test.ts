/** Tests of the login form's schema. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { compileSchema } from "../schema/compile-schema.ts";
import { passwordForm } from "./password-form.ts";

const validate = (value: unknown): unknown => passwordForm["~standard"].validate(value);

test("a form becomes its values, scopes apart from each other", () => {
  assert.deepEqual(validate({ username: "ann", password: "pw" }), {
    value: { username: "ann", password: "pw", scopes: [] },
  });
  assert.deepEqual(
    validate({
      grant_type: "password",
      username: "ann",
      password: " pw ",
      scope: "a b  a c",
      client_id: "app",
      client_secret: "s",
      other: "x",
    }),
    { value: { username: "ann", password: " pw ", scopes: ["a", "b", "c"], clientId: "app", clientSecret: "s" } },
  );
});

test("every issue has its field, and no value is repeated", () => {
  const result = validate({ grant_type: "implicit", username: "", password: "x".repeat(1025), scope: 7 });
  const { issues } = result as { issues: readonly { path: unknown; code: string }[] };
  assert.deepEqual(
    issues.map(({ path, code }) => [path, code]),
    [
      [["grant_type"], "invalid_value"],
      [["username"], "missing"],
      [["password"], "too_long"],
      [["scope"], "type"],
    ],
  );
  assert.doesNotMatch(JSON.stringify(issues), /xxx|implicit/);
  for (const wrong of [undefined, null, "text"]) assert.ok("issues" in (validate(wrong) as object));
  assert.ok("issues" in (validate(Object.create({ username: "a", password: "b" })) as object));
});

test("it describes both sides", async () => {
  const { input, output } = await compileSchema(passwordForm);
  assert.deepEqual(input?.required, ["username", "password"]);
  assert.deepEqual(Object.keys(output?.properties ?? {}), [
    "username",
    "password",
    "scopes",
    "clientId",
    "clientSecret",
  ]);
});

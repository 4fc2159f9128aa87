/** Tests of bearer tokens: what is read, what is refused with which challenge, and what verify decides. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { authorize, badOption, refusalBy, runAlone } from "../../test/journey/one-scheme.ts";
import { HttpError } from "../errors/http-error.ts";
import { bearer } from "./bearer.ts";

test("without verify the value is the token", async () => {
  assert.equal((await runAlone(bearer(), authorize("Bearer abc.def"))).value, "abc.def");
  assert.equal((await runAlone(bearer(), authorize("bEARER abc=="))).value, "abc==");
});

test("no credentials are a challenge without an error, wrong ones with it", async () => {
  const scheme = bearer({ realm: 'the "items"' });
  const realm = 'Bearer realm="the \\"items\\""';
  for (const parts of [{}, authorize("Basic YTpi"), authorize("abc"), authorize("Bearerabc")]) {
    assert.deepEqual(await refusalBy(scheme, parts), [401, realm]);
  }
  for (const line of ["Bearer", "Bearer a b", "Bearer a,b", 'Bearer "a"', "Bearer a=b", "Bearer é"]) {
    assert.deepEqual(await refusalBy(scheme, authorize(line)), [401, `${realm}, error="invalid_token"`], line);
  }
  assert.deepEqual(await refusalBy(bearer(), {}), [401, "Bearer"]);
  assert.deepEqual(await refusalBy(bearer(), authorize(["Bearer a", "Bearer a"])), [
    400,
    'Bearer error="invalid_request"',
  ]);
});

test("optional lets requests without credentials through, and no others", async () => {
  const scheme = bearer({ optional: true, verify: (token) => token === "good" && { name: "Ann" } });
  assert.deepEqual(await runAlone(scheme), { value: undefined, records: [] });
  assert.equal((await runAlone(scheme, authorize("Basic YTpi"))).value, undefined);
  assert.deepEqual((await runAlone(scheme, authorize("Bearer good"))).value, { name: "Ann" });
  for (const line of ["Bearer bad", "Bearer", "Bearer a b"]) {
    assert.deepEqual(await refusalBy(scheme, authorize(line)), [401, 'Bearer error="invalid_token"'], line);
  }
});

test("verify gives the value; nothing, false and a promise of them are a 401", async () => {
  for (const result of [undefined, null, false, Promise.resolve(undefined), Promise.resolve(false)]) {
    const scheme = bearer({ verify: () => result });
    assert.deepEqual(await refusalBy(scheme, authorize("Bearer abc")), [401, 'Bearer error="invalid_token"']);
  }
  for (const result of [0, "", true, { id: 1 }]) {
    assert.deepEqual((await runAlone(bearer({ verify: () => result }), authorize("Bearer a"))).value, result);
    assert.deepEqual((await runAlone(bearer({ verify: async () => result }), authorize("Bearer a"))).value, result);
  }
});

test("verify is given the scopes, the request and the log, and its own errors pass", async () => {
  const given: unknown[] = [];
  const scheme = bearer({
    verify: (token, { scopes, request, log, signal }) => {
      log.info("seen");
      given.push(token, scopes, request.path, signal.aborted);
      return true;
    },
  });
  const { records } = await runAlone(scheme, { ...authorize("Bearer abc"), path: "/items" }, ["read"]);
  assert.deepEqual(given, ["abc", ["read"], "/items", false]);
  assert.deepEqual(
    records.map(({ message }) => message),
    ["seen"],
  );
  const locked = bearer({
    verify: () => {
      throw new HttpError(423);
    },
  });
  assert.equal((await runAlone(locked, authorize("Bearer abc"))).error?.status, 423);
  const broken = bearer({ verify: () => Promise.reject(new Error("The database is gone.")) });
  await assert.rejects(runAlone(broken, authorize("Bearer abc")), /database/);
});

test("it describes itself", () => {
  assert.deepEqual(bearer().options.security, { name: "bearer", scheme: { type: "http", scheme: "bearer" } });
  assert.equal(bearer().options.optional, false);
  const { security, optional } = bearer({
    name: "session",
    description: "From POST /token",
    bearerFormat: "JWT",
    optional: true,
  }).options;
  assert.deepEqual(security, {
    name: "session",
    scheme: { type: "http", scheme: "bearer", bearerFormat: "JWT", description: "From POST /token" },
  });
  assert.equal(optional, true);
});

test("wrong options are refused by name", () => {
  const make = bearer as (options: unknown) => unknown;
  assert.throws(() => make({ relm: "x" }), badOption(/bearer\(\) has no option "relm"/));
  assert.throws(() => make({ name: "my scheme" }), badOption(/bearer\(\{ name \}\)/));
  assert.throws(() => make({ realm: "a\r\nb" }), badOption(/bearer\(\{ realm \}\)/));
  assert.throws(() => make({ realm: "" }), badOption(/realm/));
  assert.throws(() => make({ verify: true }), badOption(/verify.*a function/));
  assert.throws(() => make({ optional: "yes" }), badOption(/optional.*true or false/));
  assert.throws(() => make({ description: 1 }), badOption(/description/));
  assert.throws(() => make(null), badOption(/an object/));
});

test("neither the refusal nor the log holds the token", async () => {
  const { error, records } = await runAlone(bearer({ verify: () => false }), authorize("Bearer s3cr3t-t0k3n"));
  assert.doesNotMatch(JSON.stringify([error?.toProblem(), error?.message, error?.headers, records]), /s3cr3t/);
});

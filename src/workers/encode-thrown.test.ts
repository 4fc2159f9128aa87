/** What is thrown in a worker, there and back. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApusError } from "../errors/apus-error.ts";
import { HttpError, ValidationError } from "../errors/http-error.ts";
import { decodeThrown, encodeThrown } from "./encode-thrown.ts";
import type { ErrorClass } from "./inside-worker.ts";

function cross(thrown: unknown, classes: readonly ErrorClass[] = []): unknown {
  return decodeThrown(JSON.parse(JSON.stringify(encodeThrown(thrown, classes))), classes);
}

class Teapot extends HttpError {
  readonly leaves: string = "green";
  constructor() {
    super(418, { detail: "short and stout", spout: 1 }, { headers: { "x-tea": "yes" } });
  }
}

describe("encodeThrown, decodeThrown", () => {
  test("errors that are answers stay what they are", () => {
    const teapot = cross(new Teapot()) as HttpError;
    assert.ok(teapot instanceof HttpError);
    assert.deepEqual([teapot.name, teapot.status, teapot.message], ["Teapot", 418, "short and stout"]);
    assert.deepEqual(teapot.headers, { "x-tea": "yes" });
    assert.equal(teapot.toProblem()["spout"], 1);
    assert.equal((teapot as Teapot).leaves, "green");
    const issue = { in: "query", pointer: "/q", message: "too short", code: "too_small" } as const;
    const invalid = cross(new ValidationError([issue])) as ValidationError;
    assert.ok(invalid instanceof ValidationError);
    assert.deepEqual(invalid.issues, [issue]);
    const own = cross(new ApusError("APUS_FROZEN", "too late")) as ApusError;
    assert.ok(own instanceof ApusError);
    assert.deepEqual([own.code, own.reason, own.message], ["APUS_FROZEN", "too late", "too late (APUS_FROZEN)"]);
  });

  test("classes of JavaScript, and those that are listed", () => {
    for (const error of [new TypeError("a"), new RangeError("b"), new SyntaxError("c"), new URIError("d")]) {
      const crossed = cross(error) as Error;
      assert.equal(crossed.constructor, error.constructor);
      assert.equal(crossed.stack, error.stack);
    }
    const aborted = cross(new DOMException("enough", "AbortError")) as DOMException;
    assert.ok(aborted instanceof DOMException);
    assert.deepEqual([aborted.name, aborted.message], ["AbortError", "enough"]);
    class Special extends TypeError {}
    assert.ok(cross(new Special("e")) instanceof TypeError);
    assert.equal((cross(new Special("e")) as Error).name, "Special");
    assert.ok(cross(new Special("e"), [Special]) instanceof Special);
  });

  test("causes, however deep or in a circle", () => {
    const outer = new Error("outer", { cause: new Error("inner", { cause: { code: 7 } }) });
    const { cause } = cross(outer) as { cause: Error };
    assert.equal(cause.message, "inner");
    assert.deepEqual(cause.cause, { code: 7 });
    outer.cause = outer;
    assert.equal((cross(outer) as Error).message, "outer");
  });

  test("what JSON cannot carry stays behind, without a second error", () => {
    const error = Object.assign(new Error("odd"), { big: 1n, run: () => 1, fine: [1], ["__proto__x"]: 2 });
    Object.defineProperty(error, "broken", {
      enumerable: true,
      get: () => {
        throw new Error("no");
      },
    });
    const crossed = cross(error) as Error & Record<string, unknown>;
    assert.deepEqual(Object.keys(crossed).toSorted(), ["__proto__x", "fine"]);
  });

  test("what is no error", () => {
    for (const value of ["text", 7, null, true, { a: [1] }]) assert.deepEqual(cross(value), value);
    assert.equal(decodeThrown(encodeThrown(undefined)), undefined);
    assert.equal(
      cross(() => 1),
      "[object Function]",
    );
    assert.equal(cross(Symbol("a")), "[object Symbol]");
  });

  test("an answer that cannot be made again is a plain error", () => {
    const broken = new HttpError(400, "odd");
    Object.defineProperty(broken, "status", { value: "none" });
    const crossed = cross(broken) as Error;
    assert.equal(crossed.message, "odd");
    assert.equal(crossed instanceof HttpError, false);
  });
});

/** What offload() refuses. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { currentRequest, type CurrentRequest } from "../http/current-request.ts";
import { offload } from "./offload.ts";
import { configureOffload } from "./pool-settings.ts";

const refused = (part: RegExp) => (error: { readonly code?: unknown; readonly message: string }) => {
  assert.equal(error.code, "APUS_BAD_OPTION");
  assert.match(error.message, part);
  return true;
};
const loose: any = offload;
const meta = { url: import.meta.url };

describe("offload() refuses", () => {
  test("what a worker could not find again", () => {
    const remedy = /registration\.test\.ts:\d+ .*: write offload\(import\.meta, "name", function\) at the top level/;
    assert.throws(() => loose(() => 1), refused(/cannot be sent what it captures/));
    assert.throws(() => loose(() => 1), refused(remedy));
    assert.throws(() => loose({}, "name", () => 1), refused(/was not given the import\.meta of its module/));
    assert.throws(() => loose(undefined, "name", () => 1), refused(/was not given the import\.meta/));
    assert.throws(() => loose(meta, () => 1), refused(/was given no name/));
    assert.throws(() => loose(meta, "", () => 1), refused(/was given no name/));
    assert.throws(() => loose(meta, "name"), refused(/was given no function/));
    const inRequest = (): void => currentRequest.run({} as CurrentRequest, () => loose(meta, "late", () => 1));
    assert.throws(inRequest, refused(/was called inside a request/));
  });

  test("two functions of one name, but not one function twice", () => {
    const same = (): number => 1;
    loose(meta, "same", same);
    loose(meta, "same", same);
    assert.throws(() => loose(meta, "same", () => 1), refused(/second function as "same" of .*registration\.test\.ts/));
  });

  test("options that mean nothing", () => {
    const run = (): number => 1;
    assert.throws(() => loose(meta, "a", run, { timeout: 0 }), refused(/offload\(\{ timeout \}\)/));
    assert.throws(() => loose(meta, "a", run, { timout: 5 }), refused(/no option "timout"/));
    assert.throws(() => loose(meta, "a", run, { memoryMb: 1 }), refused(/memoryMb/));
    assert.throws(() => loose(meta, "a", run, { process: "yes" }), refused(/process/));
    assert.throws(() => loose(meta, "a", run, { priority: "urgent" }), refused(/one of low, normal, high/));
    assert.throws(() => loose(meta, "a", run, { errors: [Error("a")] }), refused(/a list of error classes/));
    const offloaded = loose(meta, "settings", run);
    assert.throws(() => offloaded.with({ signal: "stop" }), refused(/an AbortSignal, or null for none/));
    assert.throws(() => offloaded.with({ transfer: 1 }), refused(/a list of what is moved/));
    assert.throws(() => loose.file("./x.ts"), refused(/write new URL\("\.\/x\.ts", import\.meta\.url\)/));
    assert.throws(() => configureOffload({ threads: 0 }), refused(/configureOffload\(\{ threads \}\)/));
    assert.throws(() => configureOffload({ idle: Infinity }), refused(/idle/));
  });
});

/** Synchronous calls are noticed inside requests, behave as before, and are put back. */

import assert from "node:assert/strict";
import fs, { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { currentRequest, type CurrentRequest } from "../http/current-request.ts";
import { nativeCalls, syncCalls } from "./sync-calls.ts";
import { watchSyncCalls, type NoticedCall } from "./sync-call-watch.ts";

const own = import.meta.filename;
const current = { request: { method: "GET" }, requestId: "1", route: "/a" } as CurrentRequest;

/** What was noticed while `work` ran inside a request. */
function notice(work: () => void, { longCall = 1_000, tellsAll = true } = {}): readonly NoticedCall[] {
  const calls: NoticedCall[] = [];
  const restore = watchSyncCalls({ longCall, tellsAll, onCall: (call) => calls.push(call) });
  try {
    currentRequest.run(current, work);
  } finally {
    restore();
  }
  return calls;
}

test("every name exists in Node.js", () => {
  for (const [module, calls] of Object.entries(syncCalls)) {
    const holder = process.getBuiltinModule(module) as Readonly<Record<string, unknown>>;
    for (const { name } of calls) assert.equal(typeof holder[name], "function", `${module}.${name}`);
  }
});

test("noticed inside a request only, with the caller on top of the stack, also through a named import", () => {
  const restore = watchSyncCalls({ longCall: 0, tellsAll: true, onCall: () => assert.fail("outside of a request") });
  readFileSync(own);
  restore();
  const [call, ...rest] = notice(function readOwn() {
    assert.equal(readFileSync(own, "utf8"), readFileSync(own).toString());
    gzipSync("x");
  });
  assert.equal(call?.call.name, "readFileSync");
  assert.deepEqual([call.request?.method, call.request?.route], ["GET", "/a"]);
  assert.equal(call.frames[0]?.name, "readOwn");
  assert.match(call.frames[0]?.script ?? "", /sync-call-watch\.test\.ts$/);
  // What readFileSync() calls by itself is not there.
  assert.deepEqual(
    rest.map((each) => each.call.name),
    ["readFileSync", "gzipSync"],
  );
});

test("errors, names and properties are the function's own", () => {
  const calls = notice(() => {
    assert.throws(() => readFileSync("/no/such/file"), { code: "ENOENT" });
    assert.equal(readFileSync.name, "readFileSync");
    assert.equal(typeof realpathSync.native, "function");
  });
  assert.equal(calls.length, 1);
});

test("JSON is only told when it took long, and nothing short where short calls are not wanted", () => {
  const work = (): void => {
    readFileSync(own);
    assert.deepEqual(JSON.parse(JSON.stringify({ a: [1] })), { a: [1] });
  };
  assert.deepEqual(notice(work, { tellsAll: false }), []);
  assert.deepEqual(
    notice(work, { longCall: 0, tellsAll: false }).map(({ call }) => call.name),
    ["readFileSync", "JSON.stringify", "JSON.parse"],
  );
  assert.equal(nativeCalls.length, 2);
});

test("loading a module is not told", () => {
  const calls = notice(() => assert.ok(createRequire(import.meta.url)("../../package.json")));
  assert.deepEqual(calls, []);
});

test("a handler that calls a thousand times has its stack taken fifty times", () => {
  const calls = notice(() => {
    for (let count = 0; count < 1_000; count += 1) fs.existsSync(own);
  });
  assert.equal(calls.length, 50);
});

test("everything is put back, but not over what somebody else has put there", () => {
  const before = [fs.readFileSync, fs.statSync, JSON.parse];
  const restore = watchSyncCalls({ longCall: 0, tellsAll: true, onCall: () => {} });
  assert.notEqual(fs.readFileSync, before[0]);
  const theirs = (() => {}) as unknown as typeof fs.statSync;
  Object.assign(fs, { statSync: theirs });
  restore();
  assert.equal(fs.statSync, theirs);
  Object.assign(fs, { statSync: before[1] });
  assert.deepEqual([fs.readFileSync, readFileSync, JSON.parse], [before[0], before[0], before[2]]);
});

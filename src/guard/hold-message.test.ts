/** The guard's sentences. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { buildCallMessage, buildHoldMessage, buildManyMessage, type ToldHold } from "./hold-message.ts";
import { nameableFrame } from "./judge-gap.ts";
import type { LoopSample } from "./loop-sample.ts";
import { placeOf, type StackFrame } from "./stack-frames.ts";
import { findSyncCall } from "./sync-calls.ts";

const at = (name: string, path: string, line: number): StackFrame => ({
  name,
  script: path.startsWith("node:") ? path : pathToFileURL(join(process.cwd(), path)).href,
  line,
  column: 1,
});
const user = at("renderReport", "app/report.ts", 42);
const request = { method: "GET", route: "/report", requestId: "1", traceId: undefined };

function tell(frames: readonly StackFrame[], more: Partial<LoopSample & ToldHold> = {}): ToldHold {
  const { times = 1, declaredAt, ...rest } = more;
  const sample = { time: 0, delay: 0, frames, request, call: undefined, ...rest };
  const frame = nameableFrame(frames);
  const place = frame === undefined ? undefined : placeOf(frame, frames);
  return { sample, frame, place, declaredAt, times, held: 312.4 };
}

const message = (...values: Parameters<typeof tell>): string => buildHoldMessage(tell(...values));

test("the function, its place, and what to do", () => {
  const expected =
    "GET /report held the event loop for 312 ms in renderReport (app/report.ts:42): move it into offload()";
  assert.equal(message([user]), expected);
  assert.match(message([user], { request: undefined }), /^Code outside every request held/);
  assert.match(message([user], { request: { ...request, route: undefined } }), /^GET before its route held/);
  assert.match(
    message([user], { times: 17 }),
    /^GET \/report held the event loop 17 times more, for up to 312 ms, in /,
  );
});

test("a function without a name: that of the one around it, in the same file", () => {
  const callback = at("", "app/report.ts", 50);
  assert.match(message([callback, at("sort", "node:x", 1), user]), / in renderReport \(app\/report\.ts:50\): /);
  assert.match(message([callback, at("other", "app/other.ts", 1)]), / ms at app\/report\.ts:50: /);
});

test("a synchronous function of Node.js: the other one", () => {
  const inner = [at("getStderr", "node:internal/x", 1), at("execSync", "node:child_process", 1)];
  assert.match(message([...inner, user]), /: use exec\(\) of node:child_process.*, instead of execSync\(\)$/);
  assert.match(message([user, ...inner]), /: move it into offload\(\)$/);
  const call = findSyncCall("readFileSync");
  assert.match(message([user], { call }), /: await readFile\(\) of node:fs\/promises, instead of readFileSync\(\)$/);
});

test("a package that was called is named beside its caller", () => {
  const parse = at("parse", "node_modules/csv/index.js", 7);
  const expected = /in renderReport \(app\/report\.ts:42\), which was in parse \(node_modules\/csv\/index\.js:7\): /;
  assert.match(message([parse, user]), expected);
  assert.match(message([parse]), / in parse \(node_modules\/csv\/index\.js:7\): /);
});

test("nobody's code on the stack: the declaration of the route", () => {
  const own = { ...user, name: "toResponse", script: new URL("held-sites.ts", import.meta.url).href };
  const declaredAt = "app/report.ts:40";
  assert.match(
    message([own], { declaredAt }),
    /^GET \/report, declared at app\/report\.ts:40, .* in toResponse of Apus/,
  );
  assert.match(
    message([own], { declaredAt, delay: 200 }),
    /40, held .* in a native call such as JSON\.parse or sort: /,
  );
  assert.match(message([], { declaredAt }), / in many small steps, /);
});

test("many requests, and a call by itself", () => {
  const expected =
    /^Many requests in one turn held the event loop for 312 ms, GET \/report among them in renderReport /;
  assert.match(buildManyMessage(tell([user])), expected);
  const call = findSyncCall("gzipSync");
  assert.ok(call);
  assert.equal(
    buildCallMessage({ ...tell([user]).sample, call, duration: 0.34 }, placeOf(user)),
    "GET /report calls gzipSync() in renderReport (app/report.ts:42), which held the event loop for 0.3 ms: use gzip() of node:zlib, which computes on another thread",
  );
});

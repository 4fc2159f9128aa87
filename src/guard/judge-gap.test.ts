/** What a gap was: code, many requests, or nobody's fault. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeGap, nameableFrame, type GapEvidence } from "./judge-gap.ts";
import type { LoopSample } from "./loop-sample.ts";
import type { StackFrame } from "./stack-frames.ts";
import { syncCalls } from "./sync-calls.ts";

const gap = { start: 1_000, end: 1_400, held: 390, computed: 380, hadCollection: false };
const quiet = { collected: undefined, stalled: 0, threshold: 50, isDebugged: false };

function frame(script: string): StackFrame {
  return { name: "work", script, line: 1, column: 1 };
}

const ownFrame = frame(new URL("loop-guard.ts", import.meta.url).href);
const nodeFrame = frame("node:fs");
const packageFrame = frame("file:///app/node_modules/csv/index.js");
const userFrame = frame("file:///app/report.ts");

function sample(time: number, requestId: string, more: Partial<LoopSample> = {}): LoopSample {
  const request = { method: "GET", route: "/report", requestId, traceId: undefined };
  return { time, delay: 0, frames: [userFrame], request, call: undefined, ...more };
}

function judge(more: Partial<GapEvidence>, computed: number = gap.computed): ReturnType<typeof judgeGap> {
  return judgeGap({ ...gap, computed }, { ...quiet, samples: [sample(1_100, "a")], ...more });
}

test("nobody's fault", () => {
  assert.equal(judge({ isDebugged: true }).kind, "debugger");
  assert.equal(judge({ stalled: 300 }).kind, "stall");
  assert.equal(judge({ collected: 300 }).kind, "collection");
  assert.equal(judge({ collected: 100 }).kind, "code");
});

test("native code or a collection: unclear until it is measured", () => {
  const samples = [sample(1_390, "a", { delay: 300 })];
  const full = { ...gap, hadCollection: true };
  const judgeFull = (more: Partial<GapEvidence>): string => judgeGap(full, { ...quiet, samples, ...more }).kind;
  assert.equal(judgeFull({}), "unclear");
  assert.equal(judgeFull({ collected: 100 }), "code");
  assert.equal(judgeFull({ collected: 300 }), "collection");
  assert.equal(judgeFull({ samples: [sample(1_390, "a")] }), "code", "code let itself be interrupted");
});

test("a look of another time says nothing", () => {
  assert.equal(judge({ samples: [] }).kind, "unseen");
  assert.equal(judge({ samples: [sample(900, "a"), sample(1_500, "a")] }).kind, "unseen");
});

test("too little processor time is no fault; none at all is a wait, and what cannot be interrupted is native", () => {
  assert.equal(judge({}, 20 + 0.05 * gap.held).kind, "code", "39.5 of 50 ms");
  assert.equal(judge({}, 24).kind, "stall");
  assert.equal(judge({}, 1).kind, "code");
  assert.equal(judge({ samples: [sample(1_390, "a", { delay: 300 })] }, 24).kind, "code");
});

test("several requests, none of which was there for long, are many", () => {
  assert.equal(judge({ samples: [sample(1_100, "a"), sample(1_300, "b")] }).kind, "many");
  assert.equal(judge({ samples: [sample(1_050, "a"), sample(1_300, "a"), sample(1_390, "b")] }).kind, "code");
  assert.equal(judge({ samples: [sample(1_300, "a", { delay: 250 }), sample(1_390, "b")] }).kind, "code");
});

test("a measured call is believed before any look", () => {
  const call = syncCalls.fs[0];
  const verdict = judge({ samples: [sample(1_100, "a"), sample(1_300, "b", { call })] });
  assert.equal(verdict.kind, "code");
  assert.equal("sample" in verdict && verdict.sample.call, call);
});

test("the user's innermost frame is named, a package's where there is none, never our own or Node's", () => {
  assert.equal(nameableFrame([nodeFrame, ownFrame, packageFrame, userFrame]), userFrame);
  assert.equal(nameableFrame([nodeFrame, packageFrame, ownFrame]), packageFrame);
  assert.equal(nameableFrame([nodeFrame, ownFrame]), undefined);
  const blind = sample(1_100, "a", { frames: [nodeFrame] });
  const verdict = judge({ samples: [blind, sample(1_200, "a")] });
  assert.equal("frame" in verdict && verdict.frame, userFrame);
});

test("a call is blamed for what it took most of, and nobody for a loop that waited", () => {
  const [call] = syncCalls.zlib;
  const short = sample(1_050, "a", { call, duration: 30, frames: [nodeFrame] });
  const verdict = judge({ samples: [short, sample(1_200, "a")] });
  assert.ok(verdict.kind === "code" && verdict.sample.call === undefined);
  const long = judge({ samples: [sample(1_050, "a", { call, duration: 300 }), sample(1_200, "a")] });
  assert.ok(long.kind === "code" && long.sample.call === call);
  assert.equal(
    judgeGap({ ...gap, held: 0.5 }, { ...quiet, samples: [sample(1_390, "a", { delay: 300 })] }).kind,
    "stall",
  );
});

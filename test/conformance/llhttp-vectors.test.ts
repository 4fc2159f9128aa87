/** The "net" engine against llhttp's own request vectors: how many answers, refused or not, and the same however the bytes are split. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { exchangeInMemory, type Outcome } from "./in-memory-connection.ts";
import { readVectors, type Vector } from "./llhttp-vectors.ts";

const folder = new URL("../../../shared/vectors/llhttp/", import.meta.url);

/** Where this engine and llhttp differ, and why. */
const differences: Readonly<Record<string, string>> = {
  "connection.md No restart when keep-alive is off (1.0)": "what follows the last request is not read, so not refused",
  "invalid.md HTTP protocol and ANNOUNCE method": "any method of capital letters reaches the router, which answers 405",
  "invalid.md Invalid method": "any method of capital letters reaches the router, which answers 405",
  "method.md M-SEARCH request": '"*" is for OPTIONS alone (RFC 9112 §3.2.4)',
  "method.md SOURCE request with ICE": "no protocol but HTTP",
  "method.md OPTIONS request with RTSP": "no protocol but HTTP",
  "method.md ANNOUNCE request with RTSP": "no protocol but HTTP",
  "sample.md No HTTP version": "HTTP/0.9 is not spoken",
  "transfer-encoding.md POST with `chunked` as last transfer-encoding": "the only coding is chunked",
  "transfer-encoding.md POST with `chunked` as last transfer-encoding (multiple headers)": "the only coding is chunked",
  "uri.md Fragment in URI": "a fragment is not part of a target (RFC 9112 §3.2)",
  "uri.md `host:port` and basic auth": "user information in a target is refused (RFC 9110 §4.2.4)",
};

function load(context: TestContext): readonly Vector[] {
  if (!existsSync(folder)) {
    context.skip("the vectors are not beside the checkout");
    return [];
  }
  const { vectors, skipped } = readVectors(folder);
  context.diagnostic(`${vectors.length} vectors; ${skipped} of lenient parser modes, pauses and callbacks left out`);
  return vectors;
}

/** Whether the whole stream had the fate that llhttp gives it. */
function agrees({ complete, error }: Vector, { statuses, late }: Outcome): boolean {
  const answered = statuses.filter((status) => status < 400).length;
  const isRefused = [...statuses, ...(error === undefined ? [] : late)].some((status) => status >= 400);
  return answered === complete && isRefused === (error !== undefined);
}

test("each vector is answered or refused as llhttp does, but for the listed differences", async (context) => {
  const found: string[] = [];
  for (const vector of load(context)) {
    const outcome = await exchangeInMemory([vector.bytes]);
    assert.ok(
      outcome.statuses.every((status) => status < 500),
      `${vector.name}: ${outcome.statuses.join()}`,
    );
    const refusals = outcome.statuses.filter((status) => status >= 400);
    assert.ok(refusals.length === 0 || !outcome.isKept, `${vector.name}: refused and kept`);
    if (!agrees(vector, outcome)) found.push(vector.name);
  }
  if (found.length > 0) assert.deepEqual(found.toSorted(), Object.keys(differences).toSorted());
});

test("each vector ends the same when it comes in two pieces, or byte by byte", { timeout: 60_000 }, async (context) => {
  const splits = load(context).flatMap((vector) => listSplits(vector).map((pieces) => ({ vector, pieces })));
  const expected = new Map<Vector, Outcome>();
  for (let at = 0; at < splits.length; at += 64) {
    await Promise.all(
      splits.slice(at, at + 64).map(async ({ vector, pieces }) => {
        const whole = expected.get(vector) ?? (await exchangeInMemory([vector.bytes]));
        expected.set(vector, whole);
        const outcome = await exchangeInMemory(pieces);
        assert.deepEqual(outcome, whole, `${vector.name} split after ${pieces[0]?.length} bytes`);
      }),
    );
  }
});

function listSplits({ bytes }: Vector): readonly (readonly Buffer[])[] {
  const pairs = Array.from({ length: bytes.length - 1 }, (_, index) => [
    bytes.subarray(0, index + 1),
    bytes.subarray(index + 1),
  ]);
  return [...pairs, Array.from(bytes, (byte) => Buffer.from([byte]))];
}

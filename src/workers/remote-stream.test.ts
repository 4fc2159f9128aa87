/** Items arrive, end, fail and are cancelled. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { RemoteStream } from "./remote-stream.ts";

interface Told {
  pulls: number;
  cancels: number;
}

function createStream(onCancel: (stream: RemoteStream) => void = () => {}): { stream: RemoteStream; told: Told } {
  const told = { pulls: 0, cancels: 0 };
  const stream: RemoteStream = new RemoteStream({
    pull: () => (told.pulls += 1),
    cancel: () => {
      told.cancels += 1;
      onCancel(stream);
    },
  });
  return { stream, told };
}

describe("RemoteStream", () => {
  test("each item that is taken asks for another one", async () => {
    const { stream, told } = createStream();
    const early = stream.next();
    stream.push(1);
    stream.push(2);
    assert.deepEqual(await early, { done: false, value: 1 });
    assert.equal(told.pulls, 1);
    assert.deepEqual(await stream.next(), { done: false, value: 2 });
    assert.equal(told.pulls, 2);
    stream.finish("end");
    assert.deepEqual(await stream.next(), { done: true, value: "end" });
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
  });

  test("several readers that wait are all answered", async () => {
    const { stream } = createStream();
    const waiting = [stream.next(), stream.next(), stream.next()];
    stream.push(1);
    stream.finish("end");
    assert.deepEqual(await Promise.all(waiting), [
      { done: false, value: 1 },
      { done: true, value: "end" },
      { done: true, value: undefined },
    ]);
  });

  test("an error comes after the items, and once; at once when the call was given up", async () => {
    const { stream } = createStream();
    stream.push(1);
    stream.fail(new RangeError("late"), false);
    assert.deepEqual(await stream.next(), { done: false, value: 1 });
    await assert.rejects(stream.next(), { message: "late" });
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    const { stream: other } = createStream();
    other.push(1);
    other.fail(new Error("given up"), true);
    await assert.rejects(other.next(), { message: "given up" });
  });

  test("return and throw wait for the clean-up, and are told when it fails", async () => {
    const { stream, told } = createStream((each) => each.finish(undefined));
    stream.push(1);
    assert.deepEqual(await stream.return("value"), { done: true, value: "value" });
    assert.deepEqual(await stream.next(), { done: true, value: undefined });
    assert.deepEqual(await stream.return(), { done: true, value: undefined });
    assert.equal(told.cancels, 1);
    const { stream: thrown } = createStream((each) => each.finish(undefined));
    await assert.rejects(thrown.throw(new Error("own")), { message: "own" });
    const { stream: unclean } = createStream((each) => each.fail(new Error("cannot clean up"), false));
    await assert.rejects(unclean.return(), { message: "cannot clean up" });
  });
});

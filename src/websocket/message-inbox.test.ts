/** The inbox: order, waiting takers, and a sender that waits while it is full. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageInbox, type ReceivedMessage } from "./message-inbox.ts";

const message = (words: string): ReceivedMessage => ({ data: Buffer.from(words), isBinary: false });

function create(): { inbox: MessageInbox; told: string[] } {
  const told: string[] = [];
  return { inbox: new MessageInbox({ pause: () => told.push("pause"), resume: () => told.push("resume") }), told };
}

test("gives messages in their order, to those who wait first", async () => {
  const { inbox } = create();
  const [first, second] = [inbox.take(), inbox.take()];
  for (const words of ["a", "b", "c"]) inbox.push(message(words));
  assert.deepEqual(await Promise.all([first, second, inbox.take()]), ["a", "b", "c"].map(message));
});

test("pauses when there is much, and resumes when everything is taken", () => {
  for (const [count, size] of [
    [32, 1],
    [1, 65_536],
  ] as const) {
    const { inbox, told } = create();
    for (let index = 0; index < count; index += 1) inbox.push(message("x".repeat(size)));
    assert.deepEqual(told, ["pause"]);
    inbox.push(message("what had come already"));
    inbox.whenRoom(() => told.push("room"));
    for (let index = 0; index < count; index += 1) void inbox.take();
    assert.deepEqual(told, ["pause"]);
    void inbox.take();
    assert.deepEqual(told, ["pause", "resume", "room"]);
    inbox.whenRoom(() => told.push("at once"));
    assert.equal(told.at(-1), "at once");
    assert.equal(inbox.isPaused, false);
  }
});

test("what is there can be taken after the end, and nothing after a drop", async () => {
  const { inbox } = create();
  inbox.push(message("a"));
  inbox.end();
  inbox.push(message("late"));
  assert.deepEqual(inbox.take(), message("a"));
  assert.equal(inbox.take(), undefined);
  const { inbox: other, told } = create();
  const waiting = other.take();
  for (let index = 0; index < 40; index += 1) other.push(message("x"));
  other.whenRoom(() => told.push("room"));
  other.drop();
  assert.equal(other.take(), undefined);
  assert.deepEqual(await waiting, message("x"));
  assert.deepEqual(told, ["pause", "resume", "room"]);
});

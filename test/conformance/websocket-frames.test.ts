/** What others test a WebSocket server with (the cases of Autobahn's suite and of ws, in our form), byte by byte. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { App, type RunningServer } from "apus";
import { RawConnection } from "../journey/raw-connection.ts";
import { codeOf, encodeClose, encodeFrame, handshake, opcode, openFrames, readFrame } from "./raw-frames.ts";

const { continuation, text, binary, close, ping, pong } = opcode;
let server: RunningServer;

before(async () => {
  const app = new App({ log: false });
  const options = { maxMessageBytes: 4_194_304 };
  app.websocket("/echo", options, async ({ socket }) => {
    for await (const message of socket) await socket.send(message);
  });
  app.websocket("/packed", { ...options, compression: true }, async ({ socket }) => {
    for await (const message of socket) await socket.send(message);
  });
  server = await app.listen({ port: 0, signals: false, idleGrace: 0, stopTimeout: 500 });
});

after(() => server.stop());

/** `[opcode, payload]` of a frame, or the code of a close frame. */
type Told = readonly [kind: number, payload: string | Buffer] | number;

interface Case {
  /** A text that is sent, and comes back, before the rest: handlers answer in a later turn, and not behind a close frame. */
  readonly before?: string;
  readonly send: readonly Buffer[];
  readonly expect: readonly Told[];
  /** Bytes that are written at once; everything by default. */
  readonly chop?: number;
}

/** What must come is what comes, and after a close frame the connection is closed. */
async function run({ before: words, send, expect, chop }: Case): Promise<void> {
  await using connection = await openFrames(server.url, "/echo");
  if (words !== undefined) {
    await connection.send(say(words));
    assert.equal((await readFrame(connection))?.payload.toString(), words);
  }
  const bytes = Buffer.concat(send);
  const size = chop ?? bytes.length;
  for (let at = 0; at < bytes.length; at += size) await connection.send(bytes.subarray(at, at + size));
  for (const told of expect) {
    const frame = await readFrame(connection);
    if (typeof told === "number") assert.equal(codeOf(frame), told);
    else assert.deepEqual([frame?.opcode, frame?.payload], [told[0], Buffer.from(told[1])]);
  }
  if (typeof expect.at(-1) !== "number") return;
  connection.finish();
  await connection.ended();
}

const cases = (table: Readonly<Record<string, Case>>): void => {
  for (const [name, one] of Object.entries(table)) test(name, () => run(one));
};

const say = (payload: string | Buffer): Buffer => encodeFrame({ opcode: text, payload });
const part = (kind: number, payload: string | Buffer, fin = false): Buffer =>
  encodeFrame({ opcode: kind, payload, fin });

describe("messages", () => {
  for (const size of [0, 1, 125, 126, 127, 128, 65_535, 65_536]) {
    const words = "*".repeat(size);
    const bytes = Buffer.alloc(size, 0xfe);
    cases({
      [`1.1 text of ${size} bytes`]: { send: [say(words)], expect: [[text, words]] },
      [`1.1.8 text of ${size} bytes in pieces of 997`]: { send: [say(words)], expect: [[text, words]], chop: 997 },
      [`1.2 ${size} bytes`]: { send: [encodeFrame({ opcode: binary, payload: bytes })], expect: [[binary, bytes]] },
    });
  }
  cases({
    "a length in more bytes than it needs": {
      send: [
        encodeFrame({ opcode: text, payload: "a", lengthBytes: 2 }),
        encodeFrame({ opcode: text, payload: "b", lengthBytes: 8 }),
      ],
      expect: [
        [text, "a"],
        [text, "b"],
      ],
    },
    "byte by byte": {
      send: [say("one"), say("two")],
      expect: [
        [text, "one"],
        [text, "two"],
      ],
      chop: 1,
    },
    "a hundred in one piece": {
      send: Array.from({ length: 100 }, (_, index) => say(`${index}`)),
      expect: Array.from({ length: 100 }, (_, index): Told => [text, `${index}`]),
    },
  });
});

describe("pings", () => {
  const ask = (payload: string | Buffer): Buffer => encodeFrame({ opcode: ping, payload });
  const unasked = encodeFrame({ opcode: pong, payload: "unasked" });
  const ten = Array.from({ length: 10 }, (_, index) => `ping ${index}`);
  cases({
    "2.1 without content": { send: [ask("")], expect: [[pong, ""]] },
    "2.2 with content": { send: [ask("hello")], expect: [[pong, "hello"]] },
    "2.3 with bytes": { send: [ask(Buffer.of(0, 255, 254))], expect: [[pong, Buffer.of(0, 255, 254)]] },
    "2.4 with 125 bytes": { send: [ask("x".repeat(125))], expect: [[pong, "x".repeat(125)]] },
    "2.5 with 126 bytes": { send: [ask("x".repeat(126))], expect: [1002] },
    "2.6 byte by byte": { send: [ask("x".repeat(125))], expect: [[pong, "x".repeat(125)]], chop: 1 },
    "2.7 an answer that nobody asked for": { send: [unasked, say("go on")], expect: [[text, "go on"]] },
    "2.9 the same before a ping": { send: [unasked, ask("a")], expect: [[pong, "a"]] },
    "2.10 ten": { send: ten.map(ask), expect: ten.map((words): Told => [pong, words]) },
    "2.11 ten byte by byte": { send: ten.map(ask), expect: ten.map((words): Told => [pong, words]), chop: 1 },
  });
});

describe("reserved bits and opcodes", () => {
  for (const reserved of [1, 2, 3, 4, 5, 6, 7]) {
    cases({
      [`3 bits ${reserved} in a text`]: {
        send: [encodeFrame({ opcode: text, payload: "x", reserved })],
        expect: [1002],
      },
      [`3 bits ${reserved} in a ping`]: { send: [encodeFrame({ opcode: ping, reserved })], expect: [1002] },
      [`3 bits ${reserved} in a close`]: { send: [encodeFrame({ opcode: close, reserved })], expect: [1002] },
      [`3 bits ${reserved} after a message`]: {
        before: "one",
        send: [encodeFrame({ opcode: binary, payload: "x", reserved })],
        expect: [1002],
        chop: 1,
      },
    });
  }
  for (const kind of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
    cases({
      [`4 opcode ${kind}`]: { send: [encodeFrame({ opcode: kind })], expect: [1002] },
      [`4 opcode ${kind} after a message`]: {
        before: "one",
        send: [encodeFrame({ opcode: kind, payload: "x" }), say("two")],
        expect: [1002],
      },
    });
  }
  cases({
    "a frame without a mask": { send: [encodeFrame({ opcode: text, payload: "x", masked: false })], expect: [1002] },
    "a ping without a mask": { send: [encodeFrame({ opcode: ping, masked: false })], expect: [1002] },
  });
});

describe("fragments", () => {
  const question = encodeFrame({ opcode: ping, payload: "?" });
  cases({
    "5.1 of a ping": { send: [part(ping, "a"), part(continuation, "b", true)], expect: [1002] },
    "5.2 of a pong": { send: [part(pong, "a"), part(continuation, "b", true)], expect: [1002] },
    "of a close": { send: [encodeFrame({ opcode: close, fin: false })], expect: [1002] },
    "5.3 two": { send: [part(text, "a"), part(continuation, "b", true)], expect: [[text, "ab"]] },
    "5.5 two, byte by byte": {
      send: [part(text, "a"), part(continuation, "b", true)],
      expect: [[text, "ab"]],
      chop: 1,
    },
    "5.6 with a ping between": {
      send: [part(text, "a"), question, part(continuation, "b", true)],
      expect: [
        [pong, "?"],
        [text, "ab"],
      ],
    },
    "5.9 a continuation of nothing": { send: [part(continuation, "a", true), say("x")], expect: [1002] },
    "5.12 an open continuation of nothing": { send: [part(continuation, "a"), say("x")], expect: [1002] },
    "5.15 a continuation behind the end": {
      before: "ab",
      send: [part(continuation, "c"), say("x")],
      expect: [1002],
    },
    "5.18 a message in a message": { send: [part(text, "a"), part(text, "b", true)], expect: [1002] },
    "bytes in a text": { send: [part(text, "a"), part(binary, "b", true)], expect: [1002] },
    "5.19 five with pings between": {
      send: [
        part(text, "1"),
        part(continuation, "2"),
        question,
        part(continuation, "3"),
        question,
        part(continuation, "4", true),
      ],
      expect: [
        [pong, "?"],
        [pong, "?"],
        [text, "1234"],
      ],
    },
    "6.1.2 three empty ones": {
      send: [part(text, ""), part(continuation, ""), part(continuation, "", true)],
      expect: [[text, ""]],
    },
    "6.1.3 one full one between empty ones": {
      send: [part(text, ""), part(continuation, "mid"), part(continuation, "", true)],
      expect: [[text, "mid"]],
    },
  });
});

describe("UTF-8", () => {
  const valid: Readonly<Record<string, Buffer>> = {
    "6.2 words": Buffer.from("Hello-µ@ßöäüàá-UTF-8!!"),
    "6.5 Greek": Buffer.from("κόσμε"),
    "6.7 the first of one byte": Buffer.of(0),
    "6.7 the first of two": Buffer.of(0xc2, 0x80),
    "6.7 the first of three": Buffer.of(0xe0, 0xa0, 0x80),
    "6.7 the first of four": Buffer.of(0xf0, 0x90, 0x80, 0x80),
    "6.9 the last of three": Buffer.of(0xef, 0xbf, 0xbf),
    "6.9 the last of four": Buffer.of(0xf4, 0x8f, 0xbf, 0xbf),
    "6.11 beside the surrogates": Buffer.of(0xed, 0x9f, 0xbf, 0xee, 0x80, 0x80),
    "6.22 no character": Buffer.of(0xef, 0xbf, 0xbe),
    "a byte order mark": Buffer.of(0xef, 0xbb, 0xbf, 0x61),
  };
  for (const [name, payload] of Object.entries(valid))
    cases({ [name]: { send: [say(payload)], expect: [[text, payload]] } });
  const invalid: Readonly<Record<string, Buffer>> = {
    "6.3 a surrogate in words": Buffer.from("cebae1bdb9cf83cebcceb5eda080656469746564", "hex"),
    "6.8 five bytes": Buffer.of(0xf8, 0x88, 0x80, 0x80, 0x80),
    "6.8 six bytes": Buffer.of(0xfc, 0x84, 0x80, 0x80, 0x80, 0x80),
    "6.10 beyond the last": Buffer.of(0xf7, 0xbf, 0xbf, 0xbf),
    "6.12 a continuation alone": Buffer.of(0x80),
    "6.12 many of them": Buffer.alloc(63, 0xbf),
    "6.13 beginnings alone": Buffer.from("c020c120c220df20", "hex"),
    "6.14 cut after one byte": Buffer.of(0xc0),
    "6.14 cut after two": Buffer.of(0xe0, 0x80),
    "6.14 cut after three": Buffer.of(0xf0, 0x80, 0x80),
    "6.16 no such byte": Buffer.of(0xfe),
    "6.17 too long for a slash": Buffer.of(0xc0, 0xaf),
    "6.17 longer": Buffer.of(0xe0, 0x80, 0xaf),
    "6.19 too long for zero": Buffer.of(0xc0, 0x80),
    "6.20 a surrogate": Buffer.of(0xed, 0xa0, 0x80),
    "6.21 a pair of them": Buffer.of(0xed, 0xa0, 0x80, 0xed, 0xb0, 0x80),
  };
  for (const [name, payload] of Object.entries(invalid)) cases({ [name]: { send: [say(payload)], expect: [1007] } });
  const [head, tail] = [Buffer.of(0xce), Buffer.of(0xba)];
  cases({
    "6.2.4 a character in two fragments": {
      send: [part(text, head), part(continuation, tail, true)],
      expect: [[text, "κ"]],
    },
    "6.4 half a character in two fragments": {
      send: [part(text, "a"), part(continuation, head, true)],
      expect: [1007],
    },
    "bytes may be anything": {
      send: [encodeFrame({ opcode: binary, payload: Buffer.of(0xc0) })],
      expect: [[binary, Buffer.of(0xc0)]],
    },
  });
});

describe("closing", () => {
  cases({
    "7.1.1 after a message": { before: "a", send: [encodeClose(1000)], expect: [1000] },
    "7.1.2 twice": { send: [encodeClose(1000), encodeClose(1000)], expect: [1000] },
    "7.1.3 a ping behind it": { send: [encodeClose(1000), encodeFrame({ opcode: ping })], expect: [1000] },
    "7.1.4 a message behind it": { send: [encodeClose(1000), say("late")], expect: [1000] },
    "7.1.5 in the middle of a message": { send: [part(text, "a"), encodeClose(1000)], expect: [1000] },
    "7.3.1 without a code": { send: [encodeClose()], expect: [1005] },
    "7.3.2 with half a code": { send: [encodeFrame({ opcode: close, payload: "x" })], expect: [1002] },
    "7.3.4 with a reason": { send: [encodeClose(1000, "Hello World!")], expect: [1000] },
    "7.3.5 with the longest reason": { send: [encodeClose(1000, "x".repeat(123))], expect: [1000] },
    "7.3.6 with a longer one": { send: [encodeClose(1000, "x".repeat(124))], expect: [1002] },
    "7.5.1 with a reason that is no UTF-8": { send: [encodeClose(1000, Buffer.of(0xed, 0xa0, 0x80))], expect: [1007] },
  });
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]) {
    cases({ [`7.7 with ${code}`]: { send: [encodeClose(code)], expect: [code] } });
  }
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]) {
    cases({ [`7.9 with ${code}`]: { send: [encodeClose(code)], expect: [1002] } });
  }
  test("7.13 the close frame's own words come back", async () => {
    await using connection = await openFrames(server.url, "/echo", { rest: encodeClose(4000, "why") });
    assert.equal((await readFrame(connection))?.payload.subarray(2).toString(), "why");
  });
});

describe("limits", () => {
  const big = Buffer.alloc(4_194_304, "*");
  test("9.1.6 a message of exactly the limit", () => run({ send: [say(big)], expect: [[text, big]] }));
  cases({
    "one byte more, said beforehand": { send: [say(Buffer.alloc(4_194_305))], expect: [1009] },
    "a length of more than 53 bits": {
      send: [Buffer.from("81ff7fffffffffffffff", "hex"), Buffer.alloc(8)],
      expect: [1009],
    },
    "a length of 63 bits and one": {
      send: [Buffer.from("81ffffffffffffffffff", "hex"), Buffer.alloc(8)],
      expect: [1009],
    },
  });
  test("9.3.1 the largest message in fragments of 64 bytes", async () => {
    const size = 64;
    const send = Array.from({ length: big.length / size }, (_, index) =>
      part(index === 0 ? text : continuation, big.subarray(0, size), index === big.length / size - 1),
    );
    await run({ send, expect: [[text, big]] });
  });
  test("9.5.1 the largest message in pieces of 64 bytes", () =>
    run({ send: [say(big)], expect: [[text, big]], chop: 64 }));
  test("fragments that pass the limit together", async () => {
    const half = Buffer.alloc(2_097_153, "*");
    await run({ send: [part(text, half), part(continuation, half, true)], expect: [1009] });
  });
});

describe("compression", () => {
  const offer = { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" };
  const pack = (data: string | Buffer): Buffer =>
    Buffer.concat([deflateRawSync(data, { finishFlush: 2 })]).subarray(0, -4);
  const packed = (data: string | Buffer, kind: number = text): Buffer =>
    encodeFrame({ opcode: kind, payload: pack(data), reserved: 4 });
  const unpack = (data: Buffer | undefined): string =>
    inflateRawSync(Buffer.concat([data ?? Buffer.alloc(0), Buffer.of(0, 0, 255, 255)]), { finishFlush: 2 }).toString();

  test("12.1 there and back", async () => {
    await using connection = await openFrames(server.url, "/packed", { fields: offer });
    const words = "words ".repeat(1_000);
    await connection.send(Buffer.concat([packed(words), say("plain"), packed("short")]));
    const long = await readFrame(connection);
    assert.deepEqual([long?.reserved, unpack(long?.payload)], [4, words]);
    assert.equal((await readFrame(connection))?.payload.toString(), "plain");
    assert.equal((await readFrame(connection))?.payload.toString(), "short");
  });

  for (const [name, send, code] of [
    ["what is packed is no UTF-8", [packed(Buffer.of(0xc0))], 1007],
    ["what cannot be unpacked", [encodeFrame({ opcode: text, payload: Buffer.alloc(20, 0xff), reserved: 4 })], 1007],
    ["a bomb", [packed(Buffer.alloc(4_194_305))], 1009],
    ["the bit in a continuation", [part(text, "a"), encodeFrame({ opcode: continuation, reserved: 4 })], 1002],
    ["the bit in a ping", [encodeFrame({ opcode: ping, reserved: 4 })], 1002],
  ] as const) {
    test(name, async () => {
      await using connection = await openFrames(server.url, "/packed", { fields: offer, rest: Buffer.concat(send) });
      assert.equal(codeOf(await readFrame(connection)), code);
    });
  }

  test("13 offers: the first that can be taken is, and no other is an error", async () => {
    const offers: Readonly<Record<string, string | undefined>> = {
      "permessage-deflate": "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
      "permessage-deflate; server_max_window_bits=10":
        "permessage-deflate; server_max_window_bits=10; server_no_context_takeover; client_no_context_takeover",
      "permessage-deflate; server_max_window_bits=99": undefined,
      "permessage-deflate; unknown": undefined,
      "x-webkit-deflate-frame": undefined,
    };
    for (const [field, agreed] of Object.entries(offers)) {
      const { headers } = await shake("/packed", field);
      assert.equal(headers.get("sec-websocket-extensions") ?? undefined, agreed, field);
    }
    assert.equal((await shake("/packed", "permessage-deflate; =")).status, 400);
    assert.equal((await shake("/echo", "permessage-deflate; =")).status, 101);
  });
});

async function shake(path: string, extensions: string): Promise<{ status: number; headers: Headers }> {
  await using connection = await RawConnection.open(server.url);
  await connection.send(handshake(path, { "sec-websocket-extensions": extensions }));
  // Not before it is there: the connection is closed when this function is left.
  return await connection.answer();
}

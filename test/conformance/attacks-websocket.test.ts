/** Attacks on WebSockets: handshakes that are none, frames that cost more than they hold, and pages of somebody else. */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import { App, dependency, type RunningServer } from "apus";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import { RawConnection, type RawAnswer } from "../journey/raw-connection.ts";
import { codeOf, encodeClose, encodeFrame, handshake, opcode, openFrames, readFrame } from "./raw-frames.ts";

const records: LogRecord[] = [];
const told = { opened: 0, closed: 0, held: 0 };
let server: RunningServer;

before(async () => {
  const app = new App({ docs: false, log: createLogger((record) => records.push(record)) });
  const held = dependency(async function* () {
    told.held += 1;
    try {
      yield 1;
    } finally {
      told.held -= 1;
    }
  });
  app.websocket("/echo", { use: { held }, compression: true }, async ({ socket }) => {
    told.opened += 1;
    for await (const message of socket) await socket.send(message);
    told.closed += 1;
  });
  app.websocket("/close", ({ socket }) => {
    const reason = new Uint8Array(100) as unknown as string;
    assert.throws(() => socket.close(1000, reason), { code: "APUS_BAD_OPTION" });
    assert.throws(() => socket.close("1000" as unknown as number), { code: "APUS_BAD_OPTION" });
    void socket.close(1000, "grün");
  });
  server = await app.listen({ port: 0, signals: false, idleGrace: 0, stopTimeout: 2_000 });
});

after(async () => {
  await server.stop();
  assert.equal(told.held, 0, "what was opened for a connection is closed");
  assert.equal(told.opened, told.closed);
  assert.deepEqual(
    records.filter(({ level }) => level === "error" || level === "warn"),
    [],
  );
});

/** Still serves a good client. */
async function assertAlive(): Promise<void> {
  await using connection = await openFrames(server.url, "/echo");
  await connection.send(encodeFrame({ opcode: opcode.text, payload: "alive" }));
  assert.equal((await readFrame(connection))?.payload.toString(), "alive");
  await connection.send(encodeClose(1000));
  await connection.ended();
}

async function ask(fields: Readonly<Record<string, string | undefined>>): Promise<RawAnswer> {
  await using connection = await RawConnection.open(server.url);
  void connection.send(handshake("/echo", fields));
  return await connection.answer();
}

test("135 CVE-2021-32640: a subprotocol behind thousands of spaces", async () => {
  const spaces = " ".repeat(15_000);
  for (const field of [`a${spaces}b`, `a,${spaces}`, `${spaces},a`, `a${spaces},${spaces}!`.slice(0, 15_500)]) {
    assert.equal((await ask({ "sec-websocket-protocol": field })).status, 400);
  }
  assert.equal((await ask({ "sec-websocket-protocol": `a,${spaces}b` })).status, 101);
});

test("144 CVE-2024-37890: so many fields that the one that counts is gone", async () => {
  const many = Object.fromEntries(Array.from({ length: 2_100 }, (_, index) => [`x-${index}`, "1"]));
  assert.equal((await ask(many)).status, 431);
  for (const name of ["connection", "upgrade", "sec-websocket-version", "sec-websocket-key", "host"]) {
    const expected = name === "sec-websocket-key" || name === "host" ? 400 : 426;
    assert.equal((await ask({ [name]: undefined })).status, expected, name);
    assert.equal((await ask({ [name]: "" })).status, name === "host" ? 101 : expected, name);
  }
  await assertAlive();
});

test("145 ws 8.21: a message in more fragments than it has bytes", async () => {
  const first = encodeFrame({ opcode: opcode.text, payload: "a", fin: false });
  for (const payload of ["a", ""]) {
    const next = encodeFrame({ opcode: opcode.continuation, payload, fin: false });
    await using connection = await openFrames(server.url, "/echo");
    await connection.send(Buffer.concat([first, ...Array.from({ length: 20_000 }, () => next)]));
    assert.equal(codeOf(await readFrame(connection)), 1008);
  }
  await assertAlive();
});

test("146 ws 8.20.1: a reason that is not text", async () => {
  await using connection = await openFrames(server.url, "/close");
  const frame = await readFrame(connection);
  assert.equal(frame?.payload.toString("hex"), `03e8${Buffer.from("grün").toString("hex")}`);
});

test("147 node-server 3a21938: a key that is none, again and again", async () => {
  const { opened } = told;
  for (const key of [
    "",
    "x",
    "dGhlIHNhbXBsZSBub25jZQ",
    "dGhlIHNhbXBsZSBub25jZQ=",
    "dGhlIHNhbXBsZSBub25jZ===",
    "ü".repeat(24),
  ]) {
    for (let time = 0; time < 20; time += 1) assert.equal((await ask({ "sec-websocket-key": key })).status, 400, key);
  }
  const two = "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==";
  assert.equal((await ask({ "sec-websocket-key": two })).status, 400);
  for (const version of ["12", "8", "13, 8", "+13", "13.0", "0x0d"]) {
    const answer = await ask({ "sec-websocket-version": version });
    assert.equal(answer.status, 426, version);
    assert.equal(answer.headers.get("sec-websocket-version"), "13");
  }
  assert.equal(told.opened, opened);
  assert.equal(told.held, 0);
  await assertAlive();
});

test("148 CVE-2022-39386: an error before anybody could listen for it", async () => {
  for (let time = 0; time < 20; time += 1) {
    const connection = await RawConnection.open(server.url);
    const junk = encodeFrame({ opcode: 3, payload: "x", masked: false });
    void connection.send(Buffer.concat([Buffer.from(handshake("/echo")), junk]));
    if (time % 2 === 0) connection.reset();
    else assert.match(await connection.until("\r\n\r\n"), /^HTTP\/1\.1 101 /);
    await connection[Symbol.asyncDispose]();
  }
  await assertAlive();
});

test("149 CVE-2022-41940, 2023-32695, 2024-38355: bytes that are no frames", async () => {
  for (let time = 0; time < 100; time += 1) {
    const rest = randomBytes(1 + (time % 50));
    await using connection = await openFrames(server.url, "/echo", { rest });
    connection.finish();
    await connection.ended();
  }
  await assertAlive();
});

test("150 CVE-2026-2229: window bits that zlib does not know", async () => {
  for (const bits of ["99", "7", "16", "-1", "1e1", "08", "", "true"]) {
    for (const name of ["server_max_window_bits", "client_max_window_bits"]) {
      const field = `permessage-deflate; ${name}=${bits}`;
      const { status, headers } = await ask({ "sec-websocket-extensions": field });
      assert.equal(status, bits === "" ? 400 : 101, field);
      assert.equal(headers.get("sec-websocket-extensions"), null, field);
    }
  }
  await assertAlive();
});

test("151 CVE-2023-43669: a handshake of endless fields", async () => {
  assert.equal((await ask({ "x-long": "x".repeat(100_000) })).status, 431);
  assert.equal((await ask({ "sec-websocket-protocol": "a,".repeat(7_000) })).status, 400);
  const unique = Array.from({ length: 2_000 }, (_, index) => `p${index}`).join(",");
  assert.equal((await ask({ "sec-websocket-protocol": unique })).status, 400);
  const offers = "permessage-deflate; x=1, ".repeat(600);
  assert.equal((await ask({ "sec-websocket-extensions": `${offers}permessage-deflate` })).status, 101);
  await using connection = await RawConnection.open(server.url);
  const head = handshake("/echo").slice(0, -2);
  await connection.send(head);
  for (let count = 0; count < 2_000 && !connection.isClosed; count += 1)
    await connection.send(`x-${count}: ${"y".repeat(50)}\r\n`);
  assert.equal((await connection.answer()).status, 431);
  await assertAlive();
});

test("154: a page of another origin", async () => {
  const { port } = new URL(server.url);
  const host = `app.example:${port}`;
  const good = [`http://${host}`, undefined];
  for (const origin of good) assert.equal((await ask({ host, origin })).status, 101, origin);
  for (const origin of [
    "http://evil.example",
    `https://${host}`,
    "http://app.example",
    `http://app.example:${port}0`,
    `http://${host}.evil.example`,
    `http://evil.example/http://${host}`,
    `http://${host}@evil.example`,
    `http://${host}, http://evil.example`,
    "null",
    "",
  ]) {
    assert.equal((await ask({ host, origin })).status, 403, origin);
  }
});

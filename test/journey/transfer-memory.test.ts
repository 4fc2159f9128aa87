/** Large files in little memory: uploads to a file and to a slow handler, downloads to clients that take their time. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, open, rm, stat } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { App, file } from "apus";
import { upload } from "../../src/multipart/upload-field.ts";
import { assertNoFolders, encodePartHead, formEnd, multipartType } from "./multipart-form.ts";

const mebibyte = 1_048_576;
const size = 200 * mebibyte;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const piece = Buffer.alloc(mebibyte, "0123456789abcdef");

interface Sending {
  readonly answer: Promise<string>;
  /** Bytes that the system has taken. */
  sent: number;
}

/** Sends a form with one file of that many bytes, as fast as it is taken. */
function send(url: string, path: string, bytes: number): Sending {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const begin = encodePartHead({ name: "file", fileName: "large.bin" });
  const length = begin.length + bytes + formEnd.length;
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: ${multipartType}\r\nContent-Length: ${length}\r\n\r\n${begin}`,
  );
  const answer = new Promise<string>((resolve, reject) => {
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("end", () => resolve(text));
    socket.on("error", reject);
  });
  const sending: Sending = { answer, sent: 0 };
  const write = async (): Promise<void> => {
    for (; sending.sent < bytes; sending.sent += piece.length) {
      if (!socket.write(piece)) await new Promise((resolve) => socket.once("drain", resolve));
    }
    socket.write(formEnd);
  };
  void write();
  return sending;
}

/** The most that the process has grown by while something runs; not by what is waiting to be collected. */
async function watchGrowth(run: () => Promise<void>): Promise<number> {
  collectGarbage();
  const before = process.memoryUsage.rss();
  let highest = before;
  const timer = setInterval(() => {
    collectGarbage();
    highest = Math.max(highest, process.memoryUsage.rss());
  }, 250);
  await run();
  clearInterval(timer);
  return Math.max(highest, process.memoryUsage.rss()) - before;
}

/** A file whose every block differs from the one before it. */
async function writeBlocks(path: string, bytes: number): Promise<string> {
  const hash = createHash("sha256");
  const handle = await open(path, "w");
  for (let at = 0; at < bytes; at += piece.length) {
    piece.writeUInt32LE(at, 0);
    hash.update(piece);
    await handle.write(piece);
  }
  await handle.close();
  return hash.digest("hex");
}

/** Downloads, with pauses in which the client takes nothing; gives the hash of the content. */
async function receive(url: string, path: string, pauses: number): Promise<string> {
  const answer = await fetch(`${url}${path}`);
  const hash = createHash("sha256");
  let received = 0;
  let paused = 0;
  for await (const chunk of answer.body ?? []) {
    hash.update(chunk);
    received += chunk.length;
    if (paused < pauses && received > (paused + 1) * 4 * mebibyte) {
      paused += 1;
      await sleep(20);
    }
  }
  return hash.digest("hex");
}

for (const engine of ["net", "node"] as const) {
  test(`every byte of a file arrives, however slowly it is taken (${engine})`, { timeout: 120_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "download-"));
    const path = join(folder, "large.bin");
    const expected = await writeBlocks(path, 48 * mebibyte);
    const app = new App({ log: false });
    app.get("/", () => file(path));
    const server = await app.listen({ port: 0, signals: false, idleGrace: 0, engine });
    const results = await Promise.all([
      receive(server.url, "/", 8),
      receive(server.url, "/", 3),
      receive(server.url, "/", 0),
    ]);
    assert.deepEqual(results, [expected, expected, expected]);
    await server.stop();
    await rm(folder, { recursive: true });
  });

  test(
    `200 MiB to a file, and 200 MiB streamed, grow the process by less than 64 MiB (${engine})`,
    { timeout: 120_000 },
    async () => {
      const folder = await mkdtemp(join(tmpdir(), "upload-memory-"));
      const app = new App({ log: false });
      app.post("/spooled", { files: { file: upload({ maxBytes: size }) } }, async ({ files }) => {
        await files.file.saveTo(join(folder, "saved"), { overwrite: true });
        return { size: files.file.size };
      });
      app.post("/streamed", { files: { file: upload({ maxBytes: size, stream: true }) } }, async ({ files }) => {
        for await (const _ of files.file.stream());
        return { size: files.file.received };
      });
      const server = await app.listen({ port: 0, signals: false, idleGrace: 0, engine });
      // What is compiled and allocated once is not the upload's.
      for (const path of ["/spooled", "/streamed"]) await send(server.url, path, 8 * mebibyte).answer;
      for (const path of ["/spooled", "/streamed"]) {
        const growth = await watchGrowth(async () => {
          const text = await send(server.url, path, size).answer;
          assert.match(text, /^HTTP\/1\.1 200 /);
          assert.ok(text.endsWith(`{"size":${size}}`), text);
        });
        assert.ok(growth < 64 * mebibyte, `${path}: ${Math.round(growth / mebibyte)} MiB`);
      }
      assert.equal((await stat(join(folder, "saved"))).size, size);
      await assertNoFolders();
      await server.stop();
      await rm(folder, { recursive: true });
    },
  );

  test(`a handler that takes its time holds its client back (${engine})`, { timeout: 60_000 }, async () => {
    let goOn: () => void = () => {};
    const waits = new Promise<void>((resolve) => (goOn = resolve));
    const app = new App({ log: false });
    app.post("/", { files: { file: upload({ maxBytes: size, stream: true }) } }, async ({ files }) => {
      for await (const _ of files.file.stream()) await waits;
      return { size: files.file.received };
    });
    const server = await app.listen({ port: 0, signals: false, idleGrace: 0, engine });
    const sending = send(server.url, "/", 64 * mebibyte);
    let last = -1;
    for (let tries = 0; tries < 100 && last !== sending.sent; tries += 1) {
      last = sending.sent;
      await sleep(50);
    }
    // What the systems on both sides buffer, and a little.
    assert.ok(sending.sent < 32 * mebibyte, `${sending.sent / mebibyte} MiB were taken`);
    goOn();
    await turn();
    assert.ok((await sending.answer).endsWith(`{"size":${64 * mebibyte}}`));
    await server.stop();
  });
}

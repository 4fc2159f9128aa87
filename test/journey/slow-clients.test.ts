/** Slow clients: crowds of them keep nobody waiting, hold no more memory than a buffer each, and are cut in time. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { App, type EngineKind, type EngineOptions, type RunningServer } from "apus";
import { z } from "zod";
import { createLogger } from "../../src/log/logger.ts";
import { RawConnection } from "./raw-connection.ts";
import { head, mebibyte, postHead } from "./watched-app.ts";

const engines: readonly EngineKind[] = ["node", "net"];
/** Of each kind of slow client. */
const crowd = 50;
const pieceSize = 65_536;
/** What a system may buffer of one connection, and a little; the whole stream has no end. */
const systemBuffers = 16 * mebibyte;
/** What the process may hold of one stream. */
const ownBuffer = 8 * pieceSize;

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of buffers in use. */
function measureBuffers(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

interface Served extends AsyncDisposable {
  readonly server: RunningServer;
  readonly url: string;
  readonly errors: readonly string[];
  /** Bytes that streams were asked for, streams that were begun, and streams that were let go. */
  readonly counts: { pulled: number; begun: number; released: number };
}

/** An app with a small answer, a body and a stream without end. */
async function serve(engine: EngineKind, limits: Partial<EngineOptions> = {}): Promise<Served> {
  const errors: string[] = [];
  const counts = { pulled: 0, begun: 0, released: 0 };
  const log = createLogger(({ level, message }) => void (level === "error" && errors.push(message)), "info");
  const app = new App({ log });
  app.get("/alive", () => ({ alive: true }));
  app.post("/json", { body: z.json() }, () => assert.fail("a body that never came was handled"));
  app.get("/stream", () => {
    counts.begun += 1;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      counts.pulled += pieceSize;
      // A buffer of its own each, so that what is kept is seen in the memory of the process.
      controller.enqueue(new Uint8Array(pieceSize));
    };
    const cancel = (): void => {
      counts.released += 1;
    };
    return new Response(new ReadableStream({ pull, cancel }, { highWaterMark: 0 }));
  });
  // Nothing is refused for want of time here, however slow the machine is.
  const server = await app.listen({
    port: 0,
    signals: false,
    engine,
    stopTimeout: 200,
    limits: { maxTurnTime: 0, ...limits },
  });
  return { server, url: server.url, errors, counts, [Symbol.asyncDispose]: () => server.stop() };
}

interface Crowd extends Disposable {
  readonly heads: readonly RawConnection[];
  readonly bodies: readonly RawConnection[];
}

const many = <T>(make: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: crowd }, make));

/** Asks for the stream and reads none of it. */
async function openReader(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => {});
  socket.pause();
  await once(socket, "connect");
  socket.write(head("GET /stream"));
  return socket;
}

/** Heads and bodies that come byte by byte, and readers that do not read. */
async function openCrowd(url: string): Promise<Crowd> {
  const begin = async (text: string): Promise<RawConnection> => {
    const connection = await RawConnection.open(url);
    await connection.send(text);
    return connection;
  };
  const heads = await many(() => begin("GET /alive HTTP/1.1\r\nHost: a\r\nx: "));
  const bodies = await many(() => begin(`${postHead("/json", "Content-Length: 100000")}[`));
  const readers = await many(() => openReader(url));
  const timer = setInterval(() => {
    for (const connection of heads) void connection.send("x");
    for (const connection of bodies) void connection.send(" ");
  }, 50);
  const end = (): void => {
    clearInterval(timer);
    for (const connection of [...heads, ...bodies]) connection.reset();
    for (const socket of readers) socket.destroy();
  };
  return { heads, bodies, [Symbol.dispose]: end };
}

/** Waits until a number is what it must be. */
async function reach(read: () => number, wanted: number, what: string): Promise<void> {
  for (let turn = 0; turn < 1_000 && read() !== wanted; turn += 1) await sleep(10);
  assert.equal(read(), wanted, what);
}

/** Waits until the readers are asked for no more. */
async function settle(counts: Served["counts"]): Promise<void> {
  await reach(() => counts.begun, crowd, "streams that were begun");
  for (let before = -1; before !== counts.pulled && counts.pulled < crowd * systemBuffers;) {
    before = counts.pulled;
    await sleep(250);
  }
}

async function assertAnswered(connection: RawConnection, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await connection.send(head("GET /alive"));
    assert.equal((await connection.answer({ within: 10_000 })).status, 200);
  }
}

for (const engine of engines) {
  test(`slow clients stay within their limits: others are answered, and a stop ends all (${engine})`, async () => {
    // Longer than the slowest machine needs for all this.
    await using served = await serve(engine, { headTimeout: 60_000, bodyGrace: 60_000 });
    const { counts, errors, server, url } = served;
    const before = measureBuffers();
    using slow = await openCrowd(url);
    await using honest = await RawConnection.open(url);
    await assertAnswered(honest, 20);
    await settle(counts);
    assert.ok(counts.pulled < crowd * systemBuffers, `${counts.pulled / crowd} bytes of each stream were pulled`);
    const held = (measureBuffers() - before) / crowd;
    assert.ok(held < ownBuffer, `${held} bytes are held for each slow client`);
    await assertAnswered(honest, 20);
    const slowOnes = [...slow.heads, ...slow.bodies];
    assert.equal(slowOnes.filter(({ isClosed }) => isClosed).length, 0, "cut too early");
    assert.equal(counts.released, 0, "let go too early");

    await server.stop();
    await Promise.all(slowOnes.map((connection) => connection.ended()));
    await reach(() => counts.released, crowd, "streams that were let go");
    await assert.rejects(RawConnection.open(url), { code: "ECONNREFUSED" });
    assert.deepEqual(errors, []);
  });

  test(`slow clients beyond their limits are cut, and only they (${engine})`, async () => {
    const times = { headTimeout: 600, requestTimeout: 1_000, bodyGrace: 600, writeTimeout: 600 };
    await using served = await serve(engine, times);
    const { counts, errors, url } = served;
    using slow = await openCrowd(url);
    const cut = async (connection: RawConnection): Promise<void> => {
      assert.equal((await connection.answer({ within: 20_000 })).status, 408);
      await connection.ended();
    };
    const over = new AbortController();
    const allCut = Promise.all([...slow.heads, ...slow.bodies].map(cut)).finally(() => over.abort());
    const keepAsking = async (): Promise<void> => {
      while (!over.signal.aborted) {
        await using honest = await RawConnection.open(url);
        await assertAnswered(honest, 5);
        await sleep(20);
      }
    };
    await Promise.all([allCut, keepAsking()]);
    // node:http has no limit on a reader that does not read.
    if (engine === "net") await reach(() => counts.released, crowd, "streams that were let go");
    await using later = await RawConnection.open(url);
    await assertAnswered(later, 1);
    assert.deepEqual(errors, []);
  });
}

/** A change of protocol: only what the client has offered, with every byte that it sent behind, and cut by a stop in the end. */

import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { after, test } from "node:test";
import { RawConnection } from "../../test/journey/raw-connection.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { silentLogger } from "../log/logger.ts";
import { defaultEngineOptions } from "./engine.ts";
import { createNetEngine, type NetEngine } from "./net-engine.ts";

const engines: NetEngine[] = [];
after(() => Promise.all(engines.map((engine) => engine.stop({ deadline: 0, idleGrace: 0 }))));

interface Serving {
  readonly url: string;
  readonly engine: NetEngine;
  readonly finished: unknown[];
}

/** Answers with what it is sent, in capital letters. */
function shout(socket: Duplex, rest: Uint8Array): void {
  const say = (chunk: Uint8Array): boolean => socket.write(Buffer.from(chunk).toString().toUpperCase());
  if (rest.length > 0) say(rest);
  socket.on("data", say);
  socket.on("end", () => socket.end());
}

async function serve(): Promise<Serving> {
  const finished: unknown[] = [];
  const handle = (request: HttpRequest): HttpResponse => {
    if (request.path === "/plain") return { status: 200, headers: [], body: "plain" };
    const headers = [["upgrade", "shout"] as const, ["x-seen", request.path] as const];
    return { status: 101, headers, body: null, upgrade: shout, finished: (failure) => finished.push(failure) };
  };
  const parts = { options: defaultEngineOptions, logger: silentLogger, tls: undefined };
  const engine = createNetEngine({ handler: { handle }, ...parts });
  engines.push(engine);
  const { port } = await engine.listen({ host: "127.0.0.1", port: 0 });
  return { url: `http://127.0.0.1:${port}`, engine, finished };
}

const offer = "Connection: keep-alive, Upgrade\r\nUpgrade: shout\r\n";
const get = (path: string, fields = ""): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;

test("the socket is handed over with what the client has sent already", async () => {
  const { url, finished } = await serve();
  await using connection = await RawConnection.open(url);
  await connection.send(`${get("/shout", offer)}early `);
  const head = await connection.until("EARLY ");
  assert.match(
    head,
    /^HTTP\/1\.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: shout\r\nx-seen: \/shout\r\n/,
  );
  assert.deepEqual(finished, [undefined]);
  await connection.send("GET / HTTP/1.1\r\n\r\n");
  assert.equal(await connection.until("\r\n\r\n"), "GET / HTTP/1.1\r\n\r\n", "no longer HTTP");
  connection.finish();
  await connection.ended();
});

test("a request before it on the same connection is answered first", async () => {
  const { url } = await serve();
  await using connection = await RawConnection.open(url);
  await connection.send(`${get("/plain")}${get("/shout", offer)}late`);
  assert.equal((await connection.answer()).text, "plain");
  assert.match(await connection.until("LATE"), /^HTTP\/1\.1 101 /);
});

test("who has not offered it, offers it in HTTP/1.0, or sends a body gets 426 and stays with HTTP", async () => {
  const { url, finished } = await serve();
  for (const text of [
    get("/shout"),
    get("/shout", "Upgrade: shout\r\n"),
    get("/shout", "Connection: upgrade\r\n"),
    get("/shout", `${offer}Content-Length: 2\r\n`) + "ab",
    get("/shout", offer.replace("Connection: ", "Connection: keep-alive, ")).replace("HTTP/1.1", "HTTP/1.0"),
  ]) {
    await using connection = await RawConnection.open(url);
    await connection.send(text);
    const answer = await connection.answer();
    assert.equal(answer.status, 426, text);
    assert.equal(answer.headers.get("upgrade"), "shout");
    await connection.send(get("/plain"));
    assert.equal((await connection.answer()).text, "plain");
  }
  assert.equal(finished.length, 5);
  assert.ok(finished.every((failure) => failure instanceof Error));
});

test("an offer that nobody takes up is an ordinary request", async () => {
  const { url } = await serve();
  await using connection = await RawConnection.open(url);
  await connection.send(
    get("/plain", "Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
  );
  assert.equal((await connection.answer()).text, "plain");
});

test("a stop waits for it until the deadline, then cuts it", async () => {
  const { url, engine } = await serve();
  await using connection = await RawConnection.open(url);
  await connection.send(get("/shout", offer));
  await connection.until("\r\n\r\n");
  await engine.stop({ deadline: 50, idleGrace: 0 });
  await connection.ended();
});

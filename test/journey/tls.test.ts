/** HTTPS on both engines: the journey over TLS, and clients that cannot shake hands. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Agent, request as httpsRequest } from "node:https";
import { connect as connectPlain } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { connect, type ConnectionOptions } from "node:tls";
import { App, type EngineKind, type RunningServer } from "apus";

const folder = new URL("certificates/", import.meta.url);
const key = readFileSync(new URL("localhost-key.pem", folder), "utf8");
const cert = readFileSync(new URL("localhost-cert.pem", folder), "utf8");

interface Answer {
  readonly status: number | undefined;
  readonly text: string;
}

function ask(url: string, { body, agent }: { body?: string; agent?: Agent } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { ca: cert, method: body === undefined ? "GET" : "POST", ...(agent !== undefined && { agent }) };
    httpsRequest(url, options, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => (text += chunk));
      answer.on("end", () => resolve({ status: answer.statusCode, text }));
      answer.on("error", reject);
    })
      .on("error", reject)
      .end(body);
  });
}

async function serve(engine: EngineKind, headTimeout = 10_000): Promise<RunningServer> {
  const app = new App({ log: false });
  app.get("/scheme", ({ request }) => ({ scheme: request.scheme, from: request.remoteAddress }));
  app.post("/size", async ({ request }) => (await request.body.bytes(10_000_000)).length);
  app.get("/large", () => new Response("x".repeat(3_000_000)));
  const limits = { headTimeout };
  return app.listen({ port: 0, engine, tls: { key, cert }, signals: false, limits });
}

for (const engine of ["net", "node"] as const) {
  test(`requests over one connection, bodies and large answers (${engine})`, async () => {
    await using server = await serve(engine);
    assert.match(server.url, /^https:/);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const { text } = await ask(`${server.url}/scheme`, { agent });
    assert.deepEqual(JSON.parse(text), { scheme: "https", from: "127.0.0.1" });
    assert.equal((await ask(`${server.url}/size`, { agent, body: "y".repeat(2_000_000) })).text, "2000000");
    assert.equal((await ask(`${server.url}/large`, { agent })).text.length, 3_000_000);
    agent.destroy();
  });

  test(`plain HTTP, garbage and a protocol that is not spoken end in a closed connection (${engine})`, async () => {
    await using server = await serve(engine);
    for (const bytes of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\u0000\u0001\u0002garbage"]) {
      const socket = connectPlain(server.port, "127.0.0.1");
      socket.on("error", () => {}).end(bytes);
      socket.resume();
      await once(socket, "close");
    }
    const only: ConnectionOptions = { port: server.port, ca: cert, servername: "localhost", ALPNProtocols: ["h2"] };
    const refused = connect(only);
    const [error] = (await once(refused, "error")) as [Error];
    assert.match(error.message, /alert|disconnected|ECONNRESET/i);
    assert.equal((await ask(`${server.url}/scheme`)).status, 200);
  });

  test(`who does not shake hands is cut, and holds up no stop (${engine})`, async () => {
    const server = await serve(engine, 200);
    const socket = connectPlain(server.port, "127.0.0.1").on("error", () => {});
    socket.resume();
    await once(socket, "close");
    const other = connectPlain(server.port, "127.0.0.1").on("error", () => {});
    await once(other, "connect");
    await server.stop();
    other.destroy();
  });
}

test("138 CVE-2026-21637: a servername callback that throws ends that connection alone", async () => {
  const app = new App({ log: false });
  app.get("/alive", () => "alive");
  const SNICallback = (name: string): void => {
    throw new Error(`no certificate for ${name}`);
  };
  await using server = await app.listen({ port: 0, engine: "net", tls: { key, cert, SNICallback }, signals: false });
  const socket = connect({ port: server.port, servername: "odd.example", rejectUnauthorized: false });
  await once(socket, "error");
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const options = { ca: cert, servername: "", checkServerIdentity: () => undefined };
  httpsRequest(`${server.url}/alive`, options, (answer) => void answer.resume().on("end", resolve))
    .on("error", reject)
    .end();
  await promise;
});

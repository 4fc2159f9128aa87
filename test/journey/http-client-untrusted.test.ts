/** URLs of users: whatever they name, resolve to or redirect to, no machine of ours is called. */

import assert from "node:assert/strict";
import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";
import { describe, test } from "node:test";
import { App } from "apus";
import { createHttpClient, httpClient, UpstreamError, type AddressGuardOptions } from "apus/http-client";
import { stubUpstream, testClient } from "apus/testing";
import { z } from "zod";

const allPorts = Array.from({ length: 65_535 }, (_, index) => index + 1);

async function refusedBy(call: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await call.then(
    () => assert.fail("The call succeeded."),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof UpstreamError, String(error));
  assert.deepEqual([error.kind, error.status, error.message], ["refused", 422, "This URL may not be called."]);
  return error;
}

/** A listener on the loopback that must not be reached. */
async function trap(): Promise<AsyncDisposable & { readonly port: number; readonly connections: () => number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

test("addresses of our own are refused in every spelling, before a connection is made", async () => {
  await using loopback = await trap();
  await using client = await createHttpClient({ untrusted: true, guard: { ports: allPorts } });
  const hosts = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.100.100.200",
    "168.63.129.16",
    "224.0.0.1",
    "255.255.255.255",
    "１２７.0.0.1",
  ];
  for (const host of hosts) await refusedBy(client.get(`http://${host}:${loopback.port}/`));
  assert.equal(loopback.connections(), 0);
});

test("so are other schemes, credentials, ports, and what is no URL", async () => {
  await using client = await createHttpClient({ untrusted: true });
  const urls = [
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://example.com/",
    "data:text/plain,x",
    "http://user:pass@example.com/",
    "http://example.com:22/",
    "https://example.com:6379/",
    "/relative",
    "",
    "http://",
  ];
  for (const url of urls) await refusedBy(client.get(url));
});

describe("names", () => {
  const clientFor = (port: number, guard: AddressGuardOptions): ReturnType<typeof createHttpClient> =>
    createHttpClient({ untrusted: true, retries: 0, guard: { ports: [port], ...guard } });

  test("that lead to our addresses are refused, also beside public ones", async () => {
    await using loopback = await trap();
    for (const addresses of [
      ["127.0.0.1"],
      ["::1"],
      ["203.0.113.1"],
      ["93.184.215.14", "10.0.0.1"],
      ["::ffff:10.0.0.1"],
      [],
    ]) {
      await using client = await clientFor(loopback.port, { resolve: async () => addresses });
      await refusedBy(client.get(`http://name.example:${loopback.port}/`));
    }
    assert.equal(loopback.connections(), 0);
  });

  test("that cannot be resolved get the same answer", async () => {
    await using client = await clientFor(80, {
      resolve: async () => {
        throw new Error("ENOTFOUND");
      },
    });
    await refusedBy(client.get("http://internal.example/"));
  });

  test("are asked for once for a connection: a second answer is never looked at", async () => {
    await using upstream = await stubUpstream({ "GET /": "reached" });
    const { port } = new URL(upstream.url);
    let asked = 0;
    // Allowed at first, and another time an address that is not.
    const resolve = async (): Promise<readonly string[]> => [(asked += 1) === 1 ? "127.0.0.1" : "127.0.0.2"];
    await using client = await clientFor(Number(port), { resolve, allow: ["127.0.0.1"] });
    assert.equal(await (await client.get(`http://name.example:${port}/`)).json(), "reached");
    assert.equal(asked, 1);
    assert.equal(upstream.calls[0]?.headers.host, `name.example:${port}`);
    await refusedBy(client.get(`http://name.example:${port}/`));
    assert.equal(upstream.calls.length, 1);
  });
});

test("redirects are followed only to where a user's URL may lead, hop by hop", async () => {
  await using loopback = await trap();
  const to = (location: string): Response => new Response(null, { status: 302, headers: { location } });
  await using upstream = await stubUpstream({
    "GET /private": to(`http://127.0.0.2:${loopback.port}/`),
    "GET /name": to(`http://inner.example:${loopback.port}/`),
    "GET /metadata": to("http://169.254.169.254/latest/meta-data/"),
    "GET /twice": to("/private"),
    "GET /self": to("/"),
    "GET /": "reached",
  });
  const ports = [Number(new URL(upstream.url).port), loopback.port, 80];
  const guard = { allow: ["127.0.0.1"], ports, resolve: async () => ["10.0.0.1"] };
  await using client = await createHttpClient({ untrusted: true, retries: 0, guard });
  for (const path of ["/private", "/name", "/metadata", "/twice"]) await refusedBy(client.get(upstream.url + path));
  assert.equal(await (await client.get(`${upstream.url}/self`)).json(), "reached");
  await client.get(`${upstream.url}/?a=1`, { query: { b: "2&3" } });
  assert.equal(upstream.calls.at(-1)?.url, "/?a=1&b=2%263");
  assert.equal(loopback.connections(), 0);
});

test("the client's own upstream is no exception for users", async () => {
  await using upstream = await stubUpstream({ "GET /": "inner" });
  const guard = { ports: allPorts };
  const headers = { authorization: "Bearer t" };
  const users = httpClient({ baseUrl: upstream.url, name: "users", headers, guard });
  const app = new App({ log: false });
  app.post("/fetch", { body: z.object({ url: z.string() }), use: { users } }, async (input) => {
    const answer = await input.users.fetchUntrusted(input.body.url);
    return answer.text();
  });
  await using client = await testClient(app);
  const init = { method: "POST", headers: { "content-type": "application/json" } };
  const answer = await client.fetch("/fetch", { ...init, body: JSON.stringify({ url: upstream.url }) });
  assert.equal(answer.status, 422);
  assert.deepEqual(await answer.json(), {
    type: "about:blank",
    title: "Unprocessable Content",
    status: 422,
    detail: "This URL may not be called.",
  });
  assert.equal(upstream.calls.length, 0);
});

test("no connection of a user's URL stays open", async () => {
  await using upstream = await stubUpstream({ "GET /": "reached" });
  const guard = { allow: ["127.0.0.0/8"], ports: allPorts };
  await using client = await createHttpClient({ untrusted: true, guard });
  for (let count = 0; count < 20; count += 1) await client.get(upstream.url);
  while (upstream.connections > 0) await new Promise(setImmediate);
  assert.equal(client.stats().open, 0);
});

/** Behind a proxy, and beside it: what a handler sees of the client, whoever wrote the headers. */

import assert from "node:assert/strict";
import { App } from "apus";
import { proxyHeaders, type ProxyHeadersOptions } from "apus/middleware/proxy-headers";
import { onEveryEdge } from "./edges.ts";

function buildApp(options: ProxyHeadersOptions): App {
  const app = new App({ log: false });
  app.use(proxyHeaders(options));
  app.get("/", ({ request }) => ({
    address: request.remoteAddress,
    scheme: request.scheme,
    host: request.headers.get("host") ?? null,
    aborted: request.signal.aborted,
  }));
  app.post("/", async ({ request }) => ({ size: (await request.body.bytes(100)).length }));
  return app;
}

const headers = {
  "x-forwarded-for": "127.0.0.1, 203.0.113.7",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "shop.example",
};

onEveryEdge(
  "171 hono 41adbf56: the handler sees the client of the proxy, counted from the right",
  () => buildApp({ trust: 1, host: true }),
  async (client) => {
    const seen = await (await client.fetch("/", { headers })).json();
    assert.deepEqual(seen, { address: "203.0.113.7", scheme: "https", host: "shop.example", aborted: false });
    const sent = await client.fetch("/", { method: "POST", headers, body: "seven b" });
    assert.deepEqual(await sent.json(), { size: 7 });
  },
);

onEveryEdge(
  "forwarded is read where it is chosen",
  () => buildApp({ trust: 1, headers: "forwarded" }),
  async (client) => {
    const forwarded = 'for=127.0.0.1, for="[2001:DB8::7]:4711";proto=https;host="shop.example:8443"';
    const seen = await (await client.fetch("/", { headers: { ...headers, forwarded } })).json();
    assert.deepEqual(seen, { address: "2001:db8::7", scheme: "https", host: "shop.example:8443", aborted: false });
    assert.equal((await client.fetch("/", { headers: { forwarded: 'for="open' } })).status, 400);
  },
);

onEveryEdge(
  "170 CVE-2026-3635: a client that is no proxy changes nothing",
  () => buildApp({ trust: ["10.0.0.0/8"], host: true }),
  async (client, edge) => {
    const seen = (await (await client.fetch("/", { headers })).json()) as Record<string, unknown>;
    assert.equal(seen["scheme"], "http");
    assert.equal(seen["address"], edge === "process" ? "" : "127.0.0.1");
    assert.notEqual(seen["host"], "shop.example");
  },
);

onEveryEdge(
  "172 CVE-2026-47674: a proxy is known by its number",
  () => buildApp({ trust: ["::ffff:7f00:1"] }),
  async (client, edge) => {
    if (edge === "process") return;
    const seen = (await (await client.fetch("/", { headers })).json()) as Record<string, unknown>;
    assert.equal(seen["address"], "203.0.113.7");
  },
);

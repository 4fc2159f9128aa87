/** Requests for hosts that are not ours: the host as it is sent, and the one of an absolute target. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "apus";
import { trustedHosts } from "apus/middleware/trusted-hosts";
import { testClient } from "apus/testing";
import { onEveryEdge } from "./edges.ts";
import { askHost } from "./named-host.ts";
import { exchange } from "./raw-connection.ts";

function buildSite(): App {
  const app = new App({ log: false });
  app.use(trustedHosts({ hosts: ["example.com", "*.example.org", "[::1]"] }));
  app.get("/", ({ request }) => ({ host: request.headers.get("host") }));
  return app;
}

onEveryEdge("only requests for listed hosts are answered", buildSite, async (client) => {
  for (const host of ["example.com", "EXAMPLE.COM:8080", "example.com.", "a.b.example.org", "[0:0::1]:80"]) {
    assert.equal((await askHost(client, host)).status, 200, host);
  }
  for (const host of [
    "evil.example",
    "example.com.evil.example",
    "example.org",
    "127.0.0.1",
    "[::2]",
    "ex%61mple.com",
  ]) {
    const refused = await askHost(client, host);
    assert.equal(refused.status, 400, host);
    assert.ok(!refused.text.includes(host), "the host is echoed");
  }
  assert.equal((await askHost(client, "evil.example", { path: "/health" })).status, 400);
});

test("a request without a host is refused (socket, net engine)", async () => {
  await using client = await testClient(buildSite(), { socket: "net" });
  assert.equal((await exchange(client.baseUrl, "GET / HTTP/1.0\r\n\r\n")).status, 400);
});

test("the host of an absolute target counts, not the field beside it (socket, net engine)", async () => {
  await using client = await testClient(buildSite(), { socket: "net" });
  const ask = async (target: string, host: string): Promise<number> =>
    (await exchange(client.baseUrl, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status;
  assert.equal(await ask("http://evil.example/", "example.com"), 400);
  assert.equal(await ask("http://example.com/", "evil.example"), 200);
});

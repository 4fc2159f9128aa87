/** From http to https: directly, behind a proxy that speaks TLS, in a mounted app, and never to another host. */

import assert from "node:assert/strict";
import { App } from "apus";
import { httpsRedirect } from "apus/middleware/https-redirect";
import { proxyHeaders } from "apus/middleware/proxy-headers";
import { trustedHosts } from "apus/middleware/trusted-hosts";
import { onEveryEdge } from "./edges.ts";
import { askHost } from "./named-host.ts";

function buildSite(): App {
  const app = new App({ log: false });
  app.use(proxyHeaders({ trust: 1 }));
  app.use(trustedHosts({ hosts: ["example.com"] }));
  app.use(httpsRedirect({ hsts: { maxAge: 600 } }));
  app.get("/items/{name}", ({ path }) => path);
  return app;
}

onEveryEdge("http is sent to the same place over https", buildSite, async (client) => {
  const answer = await askHost(client, "example.com:8080", { method: "POST", path: "/items/a%2Fb?c=%20d" });
  assert.equal(answer.status, 308);
  assert.equal(answer.headers.get("location"), "https://example.com/items/a%2Fb?c=%20d");
  assert.equal(answer.headers.get("strict-transport-security"), null);
  assert.equal(answer.text, "");
});

onEveryEdge("what came to the proxy over https is answered, and told to stay", buildSite, async (client) => {
  const headers = { "x-forwarded-proto": "https" };
  const answer = await askHost(client, "example.com", { path: "/items/a", headers });
  assert.deepEqual([answer.status, answer.headers.get("strict-transport-security")], [200, "max-age=600"]);
  const missing = await askHost(client, "example.com", { path: "/nothing", headers });
  assert.deepEqual([missing.status, missing.headers.get("strict-transport-security")], [404, "max-age=600"]);
});

onEveryEdge("57 CVE-2021-22963, 22964: no path and no host leads elsewhere", buildSite, async (client) => {
  const answer = await askHost(client, "example.com", { path: "/%5C/evil.example/%2e%2e" });
  assert.equal(new URL(answer.headers.get("location") ?? "").host, "example.com");
  if (client.baseUrl !== "http://testserver") {
    const double = await askHost(client, "example.com", { path: "//evil.example/x" });
    assert.equal(double.headers.get("location"), "https://example.com/evil.example/x");
  }
  const stranger = await askHost(client, "evil.example");
  assert.deepEqual([stranger.status, stranger.headers.get("location")], [400, null]);
});

function buildMounted(): App {
  const inner = new App({ log: false });
  inner.use(httpsRedirect({ host: "secure.example", status: 307 }));
  inner.get("/page", () => "page");
  const app = new App({ log: false });
  app.mount("/inner", inner);
  app.get("/open", () => "open");
  return app;
}

onEveryEdge("a mounted app sends to its own place", buildMounted, async (client) => {
  const answer = await askHost(client, "evil.example", { path: "/inner/page?a" });
  assert.deepEqual([answer.status, answer.headers.get("location")], [307, "https://secure.example/inner/page?a"]);
  assert.equal((await askHost(client, "evil.example", { path: "/open" })).status, 200);
});

/** Forged requests as a browser sends them from another page, and the ones that must go on working. */

import assert from "node:assert/strict";
import { App } from "apus";
import { csrf } from "apus/middleware/csrf";
import { askHost } from "./named-host.ts";
import { onEveryEdge } from "./edges.ts";

function buildBank(): App {
  const app = new App({ log: false });
  app.use(csrf({ origins: ["https://admin.bank.example"] }));
  app.get("/balance", () => ({ balance: 7 }));
  app.post("/transfers", () => ({ done: true }));
  return app;
}

const cookie = "session=secret";

onEveryEdge("only pages of this site and of listed origins change something", buildBank, async (client) => {
  for (const [headers, status] of [
    [{ "sec-fetch-site": "same-origin", origin: "http://bank.example" }, 200],
    [{ "sec-fetch-site": "none" }, 200],
    [{ origin: "http://bank.example" }, 200],
    [{ "sec-fetch-site": "cross-site", origin: "https://admin.bank.example" }, 200],
    [{ "sec-fetch-site": "cross-site", origin: "https://evil.example" }, 403],
    [{ "sec-fetch-site": "same-site", origin: "http://blog.bank.example" }, 403],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "null" }, 403],
    [{}, 403],
  ] as const) {
    const answer = await askHost(client, "bank.example", {
      method: "POST",
      path: "/transfers",
      headers: { cookie, ...headers },
    });
    assert.equal(answer.status, status, JSON.stringify(headers));
  }
  const read = await askHost(client, "bank.example", {
    path: "/balance",
    headers: { cookie, "sec-fetch-site": "cross-site" },
  });
  assert.equal(read.status, 200);
});

onEveryEdge("a client without cookies needs to say nothing", buildBank, async (client) => {
  assert.equal((await client.fetch("/transfers", { method: "POST" })).status, 200);
});

onEveryEdge(
  "78, 79 CVE-2021-32677, CVE-2024-43787, 48913: no content type makes a forged request harmless",
  buildBank,
  async (client) => {
    for (const type of ["text/plain", "Application/x-www-form-urlencoded", "multipart/form-data", ""]) {
      const headers = { cookie, origin: "https://evil.example", "content-type": type };
      const answer = await client.fetch("/transfers", { method: "POST", headers, body: "{}" });
      assert.equal(answer.status, 403, type);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
    }
  },
);

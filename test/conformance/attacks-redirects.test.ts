/** Attacks that turn a redirect into a way out of this server, each named after the advisory or fix that taught it. */

import assert from "node:assert/strict";
import { assertGot, attack } from "./attack-target.ts";

attack("55 CVE-2024-43796: a redirect has no body that could echo its target", async (attacked) => {
  const target = encodeURIComponent('/next?x="><script>alert(1)</script>');
  const answer = await attacked.client.fetch(`/go?to=${target}`, { redirect: "manual" });
  assert.equal(answer.status, 307);
  assert.equal(await answer.text(), "");
  assert.doesNotMatch(answer.headers.get("location") ?? "", /[<>"]/);
});

attack(
  "56 CVE-2024-29041: a redirect leaves this server for no origin but the allowed ones",
  async ({ client }) => {
    const go = (to: string): Promise<Response> =>
      client.fetch(`/go?to=${encodeURIComponent(to)}`, { redirect: "manual" });
    for (const to of [
      "//evil.example",
      "/\\evil.example",
      "\\\\evil.example",
      "http://good.example\\@evil.example",
      "https://good.example@evil.example",
      "https:evil.example",
      "/\t/evil.example",
      "javascript:alert(1)",
      "https://good.example.evil.example",
      "/a\r\nx: y",
      "evil",
      "",
      "http://good.example",
    ]) {
      const answer = await go(to);
      assert.equal(answer.status, 500, to);
      assert.equal(answer.headers.get("location"), null, to);
    }
    assert.equal((await go("https://good.example/x")).headers.get("location"), "https://good.example/x");
  },
  { logsErrors: true },
);

attack("57 GHSA-p6vg: no path is answered with a redirect to another host", async (attacked) => {
  for (const path of [
    "//evil.example/%2e%2e",
    "//evil.example/..",
    "/%2f%2fevil.example/%2e%2e",
    "/files/",
    "//evil.example//",
  ]) {
    const url = `${attacked.client.baseUrl}${path}`;
    const answer = await attacked.client.fetch(url, { redirect: "manual" });
    assert.equal(answer.status, 404, path);
    assert.equal(answer.headers.get("location"), null, path);
  }
});

attack(
  "58 CVE-2025-54420: a redirect to the Referer leads to no other host",
  async (attacked) => {
    for (const referer of [
      "http://evil.example/",
      "//evil.example",
      "https://a@evil.example",
      "/\\evil.example",
      "javascript:alert(1)",
    ]) {
      await assertGot(attacked, 500, ["/back", { referer }]);
    }
    // In process the client follows it.
    await assertGot(attacked, attacked.edge === "process" ? 200 : 307, ["/back", { referer: "/alive?x=1" }]);
  },
  { logsErrors: true },
);

attack(
  "59 fast-uri: other ways to write a host lead to no other host",
  async ({ client }) => {
    const go = (to: string): Promise<Response> =>
      client.fetch(`/go?to=${encodeURIComponent(to)}`, { redirect: "manual" });
    for (const to of [
      "https://good.example\u3002evil.example",
      "https://good.example%2eevil.example",
      "https://evil.example%00good.example",
      "https://[::1",
      "https://[::g]",
      "https://good.example:444",
      "https://xn--0",
      "/\t/evil.example",
      "\\/\\/evil.example",
      "https:\\\\evil.example",
    ]) {
      const answer = await go(to);
      assert.equal(answer.status, 500, to);
      assert.equal(answer.headers.get("location"), null, to);
    }
    for (const to of ["https://GOOD.example/x", "https://good.example:443/x", "https://%67ood.example/x"]) {
      assert.equal((await go(to)).headers.get("location"), "https://good.example/x", to);
    }
    for (const to of ["/%5cevil.example", "/%2Fevil.example", "/.%2e/%2e"]) {
      assert.match((await go(to)).headers.get("location") ?? "", /^\/(?!\/|\\)/, to);
    }
  },
  { logsErrors: true },
);

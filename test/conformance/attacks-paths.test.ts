/** Attacks on paths, hosts and redirects, each named after the advisory or fix that taught it. */

import assert from "node:assert/strict";
import { App } from "apus";
import { exchange } from "../journey/raw-connection.ts";
import { assertGot, assertRaw, attack, takeRuns } from "./attack-target.ts";

attack("40 CVE-2025-69211: an encoded path meets the same guard", async (attacked) => {
  for (const path of [
    "/admin",
    "/admin/secret",
    "/%61dmin",
    "/%61dmin/secret",
    "/admin/%73ecret",
    "/%61%64%6D%69%6e/secret",
  ]) {
    await assertGot(attacked, 403, [path]);
  }
  await assertGot(attacked, 404, ["/%2561dmin/secret"]);
});

attack("41, 43, 44 CVE-2026-2293: slashes and path parameters do not lead around a guard", async (attacked) => {
  const paths = [
    "//admin",
    "//admin/secret",
    "/admin//secret",
    "/admin/",
    "/admin/secret/",
    "/admin;x",
    "/admin;x/secret",
    "/admin/secret;x=y",
    "/ADMIN/secret",
    "/admin%20",
    "/admin%00/secret",
    "/admin\\secret",
  ];
  for (const path of paths) await assertGot(attacked, [400, 403, 404], [path]);
});

attack("42 CVE-2026-33011: HEAD meets the guard of GET", async (attacked) => {
  for (const path of ["/admin", "/admin/secret", "/%61dmin/secret"]) {
    assert.equal((await attacked.client.fetch(path, { method: "HEAD" })).status, 403);
  }
  const { status } = await attacked.client.fetch("/admin/secret", { method: "OPTIONS" });
  assert.ok(status === 204 || status === 403, String(status));
});

attack("46 a guard three levels above holds, and only below its prefix", async (attacked) => {
  await assertGot(attacked, 403, ["/admin/middle/inner/secret"]);
  await assertGot(attacked, 404, ["/middle/inner/secret"]);
  await assertGot(attacked, 404, ["/inner/secret"]);
});

attack("47 malformed percent-encoding is a 400 wherever it stands", async (attacked) => {
  for (const path of [
    "/%",
    "/%zz",
    "/%ff",
    "/files/%",
    "/files/%c0%ae",
    "/files/%ed%a0%80",
    "/admin/%",
    "/mounted/name/%ff",
    "/v-%-z/a",
    "/v-a-z/a/%",
  ]) {
    await assertGot(attacked, 400, [path]);
  }
  for (const query of ["a=%", "%zz=1", "a=%ff", "a=%c0%ae"]) await assertGot(attacked, 400, [`/query?${query}`]);
});

attack("48, 49, 50 CVE-2026-6414: an encoded slash never separates segments", async (attacked) => {
  await assertGot(attacked, 404, ["/admin%2Fsecret"]);
  await assertGot(attacked, 404, ["/files%2fadmin%2fsecret"]);
  await assertGot(attacked, 200, ["/files/admin%2Fsecret"]);
  takeRuns(attacked, [{ name: "admin/secret" }]);
  await assertGot(attacked, 200, ["/files/admin%252Fsecret"]);
  takeRuns(attacked, [{ name: "admin%2Fsecret" }]);
  await assertGot(attacked, 200, ["/v-a-z/x/y%2f..%2Fz"]);
  takeRuns(attacked, [{ a: "a", rest: "x/y%2f..%2Fz" }]);
});

attack("52 CVE-2026-47676: an encoded mount prefix is taken off as a segment, not as characters", async (attacked) => {
  for (const path of ["/mounted/open", "/%6dounted/open", "/%6d%6f%75%6e%74%65%64/%6fpen"]) {
    await assertGot(attacked, 200, [path]);
    takeRuns(attacked, ["mounted"]);
  }
  await assertGot(attacked, 200, ["/%6dounted/name/%6dounted%2Fopen"]);
  takeRuns(attacked, [{ name: "mounted/open" }]);
  for (const path of ["/mounted//open", "/mountedopen", "/mounted%2Fopen", "/mounted/mounted/open"])
    await assertGot(attacked, 404, [path]);
});

attack("53 CVE-2025-58362: the path comes from the target, whatever stands before it", async (attacked) => {
  if (attacked.edge === "process") return;
  const ask = (target: string): string => `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
  await assertRaw(attacked, 200, ask("http://a/alive"));
  await assertRaw(attacked, 403, ask("http://other.example:81/admin/secret"));
  for (const target of [
    "http://user:pass@a/alive",
    "http://a@/alive",
    "@google.com/alive",
    "a/alive",
    "http:///alive",
    "ftp://a/alive",
    "http://a#/alive",
    "/alive#x",
    "*",
    "alive",
    "?x",
  ]) {
    await assertRaw(attacked, 400, ask(target));
  }
  await assertRaw(attacked, 404, ask("//other.example/alive"));
});

attack("28, 30, 131 odd Host fields neither move the path nor end the process", async (attacked) => {
  if (attacked.edge === "process") return;
  for (const host of ["a/admin?", "a#", "[", "[::1", "xn--0.pt", "a:b:c", "a:99999", "\u00ff", "@", " ", "a, b"]) {
    const { status } = await exchange(
      attacked.client.baseUrl,
      `GET /alive HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
    );
    assert.ok(status === 200 || status === 400, `${host}: ${status}`);
  }
  await assertRaw(attacked, 400, "GET /alive HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
  await assertRaw(attacked, 400, "GET /alive HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n");
  await assertRaw(attacked, 400, "GET /alive HTTP/1.1\r\n\r\n");
});

attack("54 CVE-2023-50710: parameters belong to the route that matched", async (attacked) => {
  await assertGot(attacked, 200, ["/one/1/x"]);
  await assertGot(attacked, 200, ["/one/2/3/y"]);
  takeRuns(attacked, [{ a: "1" }, { b: "2", c: "3" }]);
});

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

attack("126, 127, 128 CVE-2024-45296: no path makes the router go back over what it has read", async (attacked) => {
  const long = 7_900;
  const paths = [
    `/v-${"-z".repeat(long / 2)}`,
    `/v-${"a-".repeat(long / 2)}x/y`,
    "/one".repeat(long / 4),
    "/".repeat(long),
    `/one/${"%25".repeat(long / 3)}`,
    `/${"a/".repeat(long / 2)}`,
  ];
  for (const path of paths) await assertGot(attacked, 404, [path]);
  assert.throws(() => new App({ log: false }).get("/{a}-{b}", () => ""), { code: "APUS_BAD_TEMPLATE" });
});

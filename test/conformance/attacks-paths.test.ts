/** Attacks on paths and what they are matched with, each named after the advisory or fix that taught it. */

import assert from "node:assert/strict";
import { App, Router } from "apus";
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

attack(
  "45 GHSA-3wf5-7852-vcfq: a guard holds below every form of prefix, and in every place of its router",
  async (attacked) => {
    for (const path of [
      "/tenants/a/vault/gold",
      "/tenants/vault/vault/gold",
      "/tenants/%2F/vault/gold",
      "/tenants/a%2Fvault/vault/%67old",
      "/deep/er/vault/gold",
      "/%64eep/er/%76ault/gold",
    ]) {
      await assertGot(attacked, 403, [path]);
    }
    for (const path of [
      "/vault/gold",
      "/tenants/vault/gold",
      "/tenants//vault/gold",
      "/deep/vault/gold",
      "/er/vault/gold",
    ]) {
      await assertGot(attacked, 404, [path]);
    }
    for (const form of [/^\/a/, 5, true, ["/a", "/b"]]) {
      const prefix = form as unknown as string;
      const refused = { code: "APUS_BAD_OPTION" };
      assert.throws(() => new Router({ prefix }), refused, `Router ${String(form)}`);
      assert.throws(
        () => new App({ log: false }).include(new Router(), { prefix }),
        refused,
        `include ${String(form)}`,
      );
      const mounted = new App({ log: false });
      assert.throws(() => new App({ log: false }).mount(prefix, mounted), refused, `mount ${String(form)}`);
    }
  },
);

attack("46 middie 29162c8: a guard three levels above holds, and only below its prefix", async (attacked) => {
  await assertGot(attacked, 403, ["/admin/middle/inner/secret"]);
  await assertGot(attacked, 404, ["/middle/inner/secret"]);
  await assertGot(attacked, 404, ["/inner/secret"]);
});

attack("47 middie 01acaed: malformed percent-encoding is a 400 wherever it stands", async (attacked) => {
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

attack(
  "51 CVE-2026-39406: an empty segment is a segment, and no route is found by leaving it out",
  async (attacked) => {
    for (const path of [
      "//admin/secret",
      "//admin//secret",
      "/admin//secret",
      "//files/a",
      "/files//a",
      "/files/",
      "/files//",
      "/one//x",
      "/one/a//x",
      "/one//b/y",
      "/mounted//name/a",
      "//mounted/open",
    ]) {
      await assertGot(attacked, 404, [path]);
    }
  },
);

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

attack("54 CVE-2023-50710: parameters belong to the route that matched", async (attacked) => {
  await assertGot(attacked, 200, ["/one/1/x"]);
  await assertGot(attacked, 200, ["/one/2/3/y"]);
  takeRuns(attacked, [{ a: "1" }, { b: "2", c: "3" }]);
});

attack("59 fast-uri: a path is decoded once, and never before it is taken apart", async (attacked) => {
  for (const [path, name] of [
    ["/files/%2540", "%40"],
    ["/files/%256c", "%6c"],
    ["/files/%25252e", "%252e"],
    ["/files/%5chost", "\\host"],
    ["/%66iles/%6c", "l"],
    ["/files/%2e%2e%2fadmin", "../admin"],
    ["/files/a%09b%0Ac", "a\tb\nc"],
  ] as const) {
    await assertGot(attacked, 200, [path]);
    takeRuns(attacked, [{ name }]);
  }
  if (attacked.edge === "process") return;
  for (const target of ["\\\\a\\alive", "/\t/a/alive", "/alive\t", "http://[::1]@b/alive", "http://a\\@b/alive"])
    await assertRaw(attacked, 400, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await assertRaw(attacked, 404, "GET /\\a/alive HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
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

attack("176 CVE-2024-22207: the documentation serves the files of its list, and no others", async (attacked) => {
  for (const name of [
    "package.json",
    "..%2f..%2fpackage.json",
    "..%2F..%2F..%2Fetc%2Fpasswd",
    "%2e%2e",
    "..%5cpackage.json",
    "%2Fetc%2Fpasswd",
    "swagger-ui-bundle.js.br",
    "__proto__",
    "constructor",
    "a%00.js",
  ]) {
    await assertGot(attacked, 404, [`/docs/assets/${name}`]);
  }
  // As a path of its own each of these is the client's to shorten, and no route of ours.
  if (attacked.edge === "socket") await assertGot(attacked, 404, ["/docs/assets/../../package.json"]);
});

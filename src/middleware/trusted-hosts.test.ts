/** Tests of trusted hosts: which spellings of a host pass, and which do not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ApusError } from "../errors/apus-error.ts";
import { buildRequest, sendThrough } from "../../test/journey/one-middleware.ts";
import { trustedHosts, type TrustedHostsOptions } from "./trusted-hosts.ts";

async function ask(hosts: readonly string[], host: string | undefined): Promise<number> {
  const request = buildRequest({ headers: host === undefined ? {} : { host } });
  return (await sendThrough(trustedHosts({ hosts }), request)).status;
}

const hosts = ["Example.com", "*.example.org", "127.0.0.1", "[0:0::1]"];

test("listed hosts pass in any case, with any port and a final dot", async () => {
  for (const host of [
    "example.com",
    "EXAMPLE.com",
    "example.com:8080",
    "example.com.",
    "example.com.:443",
    "example.com:",
    "a.example.org",
    "a.b.Example.ORG:80",
    "127.0.0.1:8000",
    "[::1]",
    "[::1]:8000",
    "[0:0:0:0:0:0:0:1]",
  ]) {
    assert.equal(await ask(hosts, host), 200, host);
  }
});

test("all others do not", async () => {
  for (const host of [
    undefined,
    "",
    ".",
    "evil.example",
    "www.example.com",
    "example.com.evil.example",
    "evilexample.com",
    "example.org",
    "evilexample.org",
    ".example.org",
    "..example.org",
    "example.com..",
    "example.com:80:80",
    "example.com:evil",
    "example.com, evil.example",
    "evil.example/.example.org",
    "evil.example\\.example.org",
    "evil.example#.example.org",
    "user@example.com",
    "ex%61mple.com",
    "127.0.0.2",
    "::1",
    "[::1",
    "[::2]",
    `${"a.".repeat(50_000)}example.org`,
  ]) {
    assert.equal(await ask(hosts, host), 400, host?.slice(0, 50));
  }
});

test("hosts that cannot be are refused at startup", () => {
  const lists: unknown[] = [
    ["*"],
    ["example.com:80"],
    ["https://a.com"],
    ["a.*.com"],
    ["*."],
    ["::1"],
    [""],
    [7],
    [],
    "a.com",
  ];
  for (const list of [...lists, undefined]) {
    assert.throws(
      () => trustedHosts({ hosts: list } as TrustedHostsOptions),
      (error) => error instanceof ApusError && error.message.startsWith("trustedHosts({ hosts }) was given"),
      JSON.stringify(list),
    );
  }
  assert.throws(
    () => trustedHosts({ hosts, host: "a" } as TrustedHostsOptions),
    /has no option "host": there are hosts/,
  );
});

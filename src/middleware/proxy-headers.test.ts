/** Tests of proxy headers: which hop is believed, and what an attacker in front of it can write. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ApusError } from "../errors/apus-error.ts";
import { buildRequest, sendThrough, type PlainRequestParts } from "../../test/journey/one-middleware.ts";
import { proxyHeaders, type ProxyHeadersOptions } from "./proxy-headers.ts";

interface Seen {
  readonly address: string;
  readonly scheme: string;
  readonly host: string | undefined;
}

async function see(
  options: ProxyHeadersOptions,
  headers: PlainRequestParts["headers"],
  remoteAddress = "10.0.0.1",
): Promise<Seen> {
  const request = buildRequest({ remoteAddress, headers: { host: "inner:8000", ...headers } });
  const { passed } = await sendThrough(proxyHeaders(options), request);
  assert.ok(passed);
  return { address: passed.remoteAddress, scheme: passed.scheme, host: passed.headers.get("host") };
}

const address = async (trust: number | readonly string[], chain: string, remote?: string): Promise<string> =>
  (await see({ trust }, { "x-forwarded-for": chain }, remote)).address;

describe("x-forwarded", () => {
  test("address and scheme are the client's", async () => {
    const headers = { "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "HTTPS" };
    for (const trust of [1, ["10.0.0.0/8"], ["10.0.0.1"]]) {
      assert.deepEqual(await see({ trust }, headers), { address: "203.0.113.7", scheme: "https", host: "inner:8000" });
    }
  });

  test("170 CVE-2026-3635: what an untrusted peer says changes nothing", async () => {
    const headers = {
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "evil.example",
      forwarded: "for=203.0.113.7;proto=https;host=evil.example",
    };
    const unchanged = { address: "198.51.100.9", scheme: "http", host: "inner:8000" };
    for (const trust of [["10.0.0.0/8"], [], 0]) {
      for (const family of ["x-forwarded", "forwarded"] as const) {
        const options = { trust, headers: family, host: true };
        assert.deepEqual(await see(options, headers, "198.51.100.9"), unchanged);
      }
    }
    assert.equal((await see({ trust: ["10.0.0.0/8"] }, headers, "")).address, "");
  });

  test("171 hono 41adbf56: counts from the right", async () => {
    const chain = "127.0.0.1, 198.51.100.66, 203.0.113.7";
    assert.equal(await address(1, chain), "203.0.113.7");
    assert.equal(await address(["10.0.0.1"], chain), "203.0.113.7");
    assert.equal(await address(2, "127.0.0.1, 203.0.113.7, 10.0.0.2"), "203.0.113.7");
    assert.equal(await address(["10.0.0.0/8"], "127.0.0.1, 203.0.113.7, 10.0.0.2"), "203.0.113.7");
    assert.equal(await address(["10.0.0.0/8"], "10.0.0.3, 10.0.0.2"), "10.0.0.3");
    assert.equal(await address(5, "203.0.113.7, 10.0.0.2"), "203.0.113.7");
  });

  test("172 CVE-2026-47674: peers and entries are compared as numbers", async () => {
    assert.equal(await address(["10.0.0.1"], "203.0.113.7", "::ffff:10.0.0.1"), "203.0.113.7");
    assert.equal(await address(["10.0.0.0/8"], "203.0.113.7", "::FFFF:0a00:0001"), "203.0.113.7");
    assert.equal(await address(["::ffff:10.0.0.1"], "203.0.113.7"), "203.0.113.7");
    assert.equal(await address(["2001:db8::/32"], "203.0.113.7", "2001:0DB8:0::1"), "203.0.113.7");
    assert.equal(await address(["fe80::/10"], "203.0.113.7", "fe80::1%eth0"), "203.0.113.7");
    assert.equal(await address(["10.0.0.0/8"], "203.0.113.7, ::ffff:10.9.9.9"), "203.0.113.7");
    assert.equal(await address(["10.0.0.0/8"], "203.0.113.7", "::ffff:11.0.0.1"), "::ffff:11.0.0.1");
    assert.equal(await address(1, "::ffff:203.0.113.7"), "203.0.113.7");
    assert.equal(await address(1, "2001:0DB8:0:0::7"), "2001:db8::7");
  });

  test("ports are left out; a client that cannot be read has no address", async () => {
    assert.equal(await address(1, "203.0.113.7:4711"), "203.0.113.7");
    assert.equal(await address(1, "[2001:db8::7]:4711"), "2001:db8::7");
    for (const entry of ["unknown", "_hidden", "1.2.3.999", "010.0.0.1", "localhost", "10.0.0.1 evil"]) {
      assert.equal(await address(1, entry), "", entry);
      assert.equal(await address(["10.0.0.0/8"], `127.0.0.1, ${entry}`), "", entry);
    }
  });

  test("empty members do not count, several lines are one list", async () => {
    assert.equal(await address(2, "203.0.113.7, ,10.0.0.2,"), "203.0.113.7");
    assert.equal((await see({ trust: 1 }, { "x-forwarded-for": ["127.0.0.1", "203.0.113.7"] })).address, "203.0.113.7");
    assert.equal(await address(1, ""), "10.0.0.1");
    assert.equal((await see({ trust: 1 }, {})).address, "10.0.0.1");
  });

  test("the scheme is what the same proxy was asked for", async () => {
    const scheme = async (proto: string, chain = "203.0.113.7", trust = 1): Promise<string> =>
      (await see({ trust }, { "x-forwarded-for": chain, "x-forwarded-proto": proto })).scheme;
    assert.equal(await scheme("https, http"), "http");
    assert.equal(await scheme("http, https, http", "127.0.0.1, 203.0.113.7, 10.0.0.2", 2), "https");
    assert.equal(await scheme("https", "203.0.113.7, 10.0.0.2", 2), "https");
    assert.equal(await scheme("wss"), "https");
    assert.equal(await scheme("ftp"), "http");
    assert.equal(await scheme("__proto__"), "http");
    assert.equal((await see({ trust: 1 }, { "x-forwarded-proto": "https" })).scheme, "https");
  });

  test("the host is read only when that is wanted, because proxies pass it on", async () => {
    const headers = { "x-forwarded-for": "203.0.113.7", "x-forwarded-host": "evil.example, Shop.example:8443" };
    assert.equal((await see({ trust: 1 }, headers)).host, "inner:8000");
    assert.equal((await see({ trust: 1, host: true }, headers)).host, "Shop.example:8443");
    assert.equal((await see({ trust: 1, host: true }, {})).host, "inner:8000");
  });

  test("a forwarded host that is none is answered with 400", async () => {
    const request = buildRequest({ headers: { "x-forwarded-host": "evil.example/x" } });
    assert.equal((await sendThrough(proxyHeaders({ trust: 1, host: true }), request)).status, 400);
  });

  test("132 CVE-2025-25200: 100 KB of spaces and commas take linear time", async () => {
    const long = [" ".repeat(100_000), ` ${",".repeat(100_000)} `, `a${" ,".repeat(50_000)}a`];
    for (const field of long) {
      const headers = { "x-forwarded-for": field, "x-forwarded-proto": field };
      assert.equal((await see({ trust: 1 }, headers)).scheme, "http");
      const request = buildRequest({ headers: { ...headers, "x-forwarded-host": field, forwarded: field } });
      for (const family of ["x-forwarded", "forwarded"] as const) {
        await sendThrough(proxyHeaders({ trust: 1, headers: family, host: true }), request);
      }
    }
  });
});

describe("forwarded", () => {
  const read = (field: string, trust: number | readonly string[] = 1): Promise<Seen> =>
    see({ trust, headers: "forwarded" }, { forwarded: field, "x-forwarded-for": "127.0.0.1" });

  test("address, scheme and host are those of one element", async () => {
    assert.deepEqual(await read('for="[2001:db8::7]:4711";proto=https;host="shop.example:8443"'), {
      address: "2001:db8::7",
      scheme: "https",
      host: "shop.example:8443",
    });
    const two = "for=127.0.0.1;proto=http;host=evil.example, for=203.0.113.7;proto=https, for=10.0.0.2;host=b.example";
    assert.deepEqual(await read(two, 2), { address: "203.0.113.7", scheme: "https", host: "inner:8000" });
    assert.deepEqual(await read(two), { address: "10.0.0.2", scheme: "http", host: "b.example" });
  });

  test("170: the other family is never read", async () => {
    assert.equal((await read("")).address, "10.0.0.1");
    assert.equal((await see({ trust: 1 }, { forwarded: "for=127.0.0.1" })).address, "10.0.0.1");
  });

  test("an obfuscated client has no address", async () => {
    for (const node of ["unknown", '"_hidden:80"', "_a"])
      assert.equal((await read(`for=${node};proto=https`)).address, "");
  });

  test("170: malformed, it is answered with 400, because it could hide who wrote what", async () => {
    for (const forwarded of ['for="evil, for=203.0.113.7', "for=a;for=b", "for=203.0.113.7;host=a/b"]) {
      const request = buildRequest({ headers: { forwarded } });
      const outcome = await sendThrough(proxyHeaders({ trust: 1, headers: "forwarded" }), request);
      assert.equal(outcome.status, 400, forwarded);
    }
  });
});

test("everything else of the request stays", async () => {
  const request = buildRequest({
    method: "PUT",
    path: "/a",
    query: "b",
    mountPath: "/m",
    headers: {
      host: "inner",
      "x-forwarded-host": "shop.example",
      "x-forwarded-for": "203.0.113.7",
      accept: "text/html",
    },
  });
  const { passed } = await sendThrough(proxyHeaders({ trust: 1, host: true }), request);
  assert.ok(passed);
  assert.deepEqual([passed.method, passed.path, passed.query, passed.mountPath], ["PUT", "/a", "b", "/m"]);
  assert.equal(passed.body, request.body);
  assert.equal(passed.signal, request.signal);
  assert.equal(passed.headers.get("accept"), "text/html");
  assert.deepEqual(passed.headers.all("host"), ["shop.example"]);
  const hosts = [...passed.headers.entries()].filter(([name]) => name === "host");
  assert.deepEqual(hosts, [["host", "shop.example"]]);
  assert.equal([...passed.headers.entries()].length, 4);
});

test("options that mean nothing, or trust everybody, are refused at startup", () => {
  for (const options of [
    {},
    { trust: true },
    { trust: -1 },
    { trust: 1.5 },
    { trust: "10.0.0.1" },
    { trust: ["proxy.example"] },
    { trust: ["10.0.0.0/33"] },
    { trust: ["10.0.0.0/"] },
    { trust: ["10.0.0.0/-1"] },
    { trust: ["10.0.0.999"] },
    { trust: ["0.0.0.0/0"] },
    { trust: ["::/0"] },
    { trust: ["::ffff:10.0.0.0/104"] },
    { trust: [7] },
    { trust: 1, headers: "both" },
    { trust: 1, host: "yes" },
    { trust: 1, hops: 2 },
  ]) {
    assert.throws(
      () => proxyHeaders(options as unknown as ProxyHeadersOptions),
      (error) => error instanceof ApusError && error.message.startsWith("proxyHeaders("),
      JSON.stringify(options),
    );
  }
});

/** docs/proxy-headers.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { testClient } from "apus/testing";
import { app, counted, standard } from "./proxy-headers.ts";

describe("docs/proxy-headers.md", () => {
  test("the client is the first from the right that is no proxy of ours", async () => {
    await using client = await testClient(app, { socket: true });
    const headers = { "x-forwarded-for": "127.0.0.1, 203.0.113.7, 10.0.0.2" };
    assert.deepEqual(await (await client.fetch("/", { headers })).json(), { address: "203.0.113.7" });
  });

  test("proxies can be counted", async () => {
    await using client = await testClient(counted);
    const headers = { "x-forwarded-for": "127.0.0.1, 203.0.113.7", "x-forwarded-proto": "https" };
    const seen = await (await client.fetch("/", { headers })).json();
    assert.deepEqual(seen, { address: "203.0.113.7", scheme: "https" });
  });

  test("forwarded says the host, too, and a client that is hidden has no address", async () => {
    await using client = await testClient(standard);
    const ask = async (forwarded: string): Promise<unknown> =>
      (await client.fetch("/", { headers: { forwarded } })).json();
    assert.deepEqual(await ask('for="[2001:db8::7]:4711";host=example.com'), {
      address: "2001:db8::7",
      host: "example.com",
    });
    assert.deepEqual(await ask("for=unknown;host=example.com"), { address: "", host: "example.com" });
    assert.equal((await client.fetch("/", { headers: { forwarded: 'for="open' } })).status, 400);
  });
});

/** docs/trusted-hosts.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
// #region test
import { testClient } from "apus/testing";
import { app } from "./trusted-hosts.ts";

test("answers for example.com", async () => {
  await using client = await testClient(app, { headers: { host: "example.com" } });
  assert.equal((await client.fetch("/")).status, 200);
});
// #endregion test

describe("docs/trusted-hosts.md", () => {
  test("names, names below a name, and addresses; nothing else", async () => {
    await using client = await testClient(app);
    const ask = async (host: string): Promise<number> => (await client.fetch("/", { headers: { host } })).status;
    for (const host of ["example.com", "EXAMPLE.com.", "a.b.example.com:8080", "127.0.0.1:8000"]) {
      assert.equal(await ask(host), 200, host);
    }
    for (const host of ["evil.example", "notexample.com", "example.com.evil.example"]) {
      assert.equal(await ask(host), 400, host);
    }
  });

  test("works over a socket, where the client names the address", async () => {
    await using client = await testClient(app, { socket: true });
    assert.equal((await client.fetch("/")).status, 200);
  });
});

/** docs/https-redirect.md, run. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { app, single } from "./https-redirect.ts";

function ask(target: typeof app, url: string, host: string): Promise<Response> {
  return target.fetch(new Request(url, { headers: { host } }));
}

describe("docs/https-redirect.md", () => {
  test("http goes to the same place over https, for the hosts that are served", async () => {
    const answer = await ask(app, "http://www.example.com:8080/items?page=2", "www.example.com:8080");
    assert.deepEqual([answer.status, answer.headers.get("location")], [308, "https://www.example.com/items?page=2"]);
    assert.equal((await ask(app, "http://evil.example/items", "evil.example")).status, 400);
  });

  test("https goes on, and the browser is told to stay", async () => {
    const answer = await ask(app, "https://example.com/items", "example.com");
    assert.deepEqual([answer.status, answer.headers.get("strict-transport-security")], [200, "max-age=31536000"]);
  });

  test("a fixed host does not depend on what the client says", async () => {
    const answer = await ask(single, "http://evil.example/items", "evil.example");
    assert.equal(answer.headers.get("location"), "https://example.com/items");
    const secure = await ask(single, "https://example.com/items", "example.com");
    const value = "max-age=63072000; includeSubDomains; preload";
    assert.equal(secure.headers.get("strict-transport-security"), value);
  });
});

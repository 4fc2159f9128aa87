/** Options of a client: defaults, and what is refused with the place of the mistake. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readClientSettings } from "./client-settings.ts";
import type { HttpClientOptions } from "./http-client-options.ts";

const baseUrl = "https://api.example/v1/";

test("defaults, the name is the host", () => {
  const { name, base, timeouts, retries } = readClientSettings({ baseUrl, timeouts: { head: 1 }, retries: 5 });
  assert.deepEqual([name, base?.href], ["api.example", "https://api.example/v1"]);
  assert.deepEqual([timeouts.head, timeouts.total, retries.limit, retries.base], [1, 30_000, 5, 100]);
});

test("what means nothing is refused", () => {
  const wrong: readonly (readonly [options: unknown, place: RegExp])[] = [
    [{}, /baseUrl/],
    [{ baseUrl: "api.example" }, /baseUrl/],
    [{ baseUrl: "ftp://api.example" }, /baseUrl/],
    [{ baseUrl: "https://u:p@api.example" }, /baseUrl/],
    [{ baseUrl: "https://api.example?x" }, /baseUrl/],
    [{ baseUrl, untrusted: true }, /baseUrl/],
    [{ baseUrl, timeout: 5 }, /no option "timeout"/],
    [{ baseUrl, timeouts: { heads: 5 } }, /timeouts.*no option "heads"/],
    [{ baseUrl, timeouts: { head: 0 } }, /head/],
    [{ baseUrl, timeouts: 5 }, /timeouts/],
    [{ baseUrl, retries: -1 }, /limit/],
    [{ baseUrl, retries: { longest: 0 } }, /longest/],
    [{ baseUrl, breaker: { ratio: 2 } }, /ratio/],
    [{ baseUrl, breaker: true }, /breaker/],
    [{ baseUrl, concurrency: 0 }, /concurrency/],
    [{ baseUrl, queue: 1.5 }, /queue/],
    [{ baseUrl, maxBytes: "1MB" }, /maxBytes/],
    [{ baseUrl, redirects: { origins: ["https://b.example/"] } }, /origins/],
    [{ baseUrl, http2: "yes" }, /http2/],
    [{ baseUrl, cache: { maxBytes: 0 } }, /maxBytes/],
    [{ baseUrl, name: "" }, /name/],
    [{ baseUrl, check: "health" }, /check/],
    [{ baseUrl, guard: { ports: "80" } }, /ports/],
  ];
  for (const [options, place] of wrong) {
    assert.throws(
      () => readClientSettings(options as HttpClientOptions),
      (error: { code: string; message: string }) => {
        assert.equal(error.code, "APUS_BAD_OPTION");
        assert.match(error.message, place);
        return true;
      },
    );
  }
  assert.throws(() => readClientSettings({ baseUrl, headers: { "a b": "c" } }), { code: "APUS_INVALID_HEADER" });
});

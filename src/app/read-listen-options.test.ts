/** The options of `listen()`: refused where a wrong one would silently be no limit or no wait. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { App } from "./app.ts";
import { readListenOptions } from "./read-listen-options.ts";
import type { ListenOptions } from "./running-server.ts";

const wrong: readonly unknown[] = [
  { port: "8000" },
  { port: Number.NaN },
  { port: 65_536 },
  { host: "" },
  { host: 5 },
  { engine: "http" },
  { stopTimeout: Infinity },
  { stopDelay: -1 },
  { idleGrace: "1s" },
  { limits: { maxHeaders: "100" } },
  { limits: { maxTargetBytes: Number.NaN } },
  { limits: { maxHeader: 1 } },
];

for (const options of wrong) {
  test(`refused: ${JSON.stringify(options)}`, () => {
    assert.throws(() => readListenOptions(options as ListenOptions), {
      code: "APUS_BAD_OPTION",
      message: /^listen\(\) was given /,
    });
  });
}

test("a limit that is undefined leaves the default", () => {
  const limits = { maxHeaders: 5, maxTargetBytes: undefined } as unknown as NonNullable<ListenOptions["limits"]>;
  assert.deepEqual(readListenOptions({ port: 0, limits }), { port: 0, limits: { maxHeaders: 5 } });
});

test("nothing has started when an option is refused", async () => {
  let starts = 0;
  const app = new App({ log: false }).lifespan(function* () {
    starts += 1;
    yield;
  });
  await assert.rejects(app.listen({ port: -1 }), { code: "APUS_BAD_OPTION" });
  assert.equal(starts, 0);
  const server = await app.listen({ port: 0, signals: false, idleGrace: 0 });
  await server.stop();
});

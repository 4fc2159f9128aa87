/** Tests of the checks behind "/ready": what fails is named and never described, and nobody can make them run more often. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { dependency } from "../dependencies/dependency.ts";
import { currentRequest } from "../http/current-request.ts";
import type { LogFields } from "../log/logger.ts";
import type { HealthOptions } from "./builtin-routes.ts";
import { App } from "./app.ts";

interface Line {
  readonly message: string;
  readonly fields: LogFields | undefined;
}

/** An app, what it has logged, and how to ask it. */
function create(health: HealthOptions) {
  const lines: Line[] = [];
  const note = (message: string, fields?: LogFields): void => void lines.push({ message, fields });
  const log = { debug() {}, info: note, warn: note, error: note, child: () => ({ ...log, info() {} }) };
  const app = new App({ log, health });
  const ask = async (path = "/ready"): Promise<readonly [number, unknown]> => {
    const response = await app.fetch(new Request(`http://localhost${path}`));
    return [response.status, await response.json()];
  };
  return { app, ask, said: () => lines.filter(({ message }) => message.includes("readiness")) };
}

const ready = [200, { status: "ready" }] as const;
const failed = (...names: readonly string[]) => [503, { status: "not ready", failed: names }] as const;

test("names what has failed, in order, and says why only in the log, once", async () => {
  let isDown = true;
  const secret = new Error("password rejected for postgres://admin@10.0.0.7");
  const { app, ask, said } = create({
    checkInterval: 0,
    checks: {
      headers: () => {
        if (isDown) throw secret;
      },
      well: async () => "anything",
      refuses: () => !isDown,
      body: async () => {
        if (isDown) throw secret;
      },
    },
  });
  assert.deepEqual(await ask(), failed("headers", "refuses", "body"));
  assert.deepEqual(await ask(), failed("headers", "refuses", "body"));
  assert.deepEqual(
    said().map(({ fields }) => fields?.["check"]),
    ["headers", "refuses", "body"],
  );
  assert.equal(said()[0]?.fields?.["error"], secret);
  isDown = false;
  assert.deepEqual(await ask(), ready);
  assert.equal(said().length, 6);
  assert.deepEqual((await ask("/health"))[0], 200);
  await app.stop();
});

test("a check of a dependency of the app, or of what a test puts in its place", async () => {
  const events: string[] = [];
  class Store {
    readonly name: string;
    constructor(name: string) {
      this.name = name;
    }
    async check(): Promise<void> {
      events.push(`checked ${this.name}`);
      if (this.name === "other") throw new Error("down");
    }
  }
  const store = dependency({ scope: "app" }, async function* () {
    events.push("opened");
    yield new Store("own");
    events.push("closed");
  });
  const { app, ask } = create({ checkInterval: 0, checks: { store } });
  await app.start();
  // Although no route uses it.
  assert.deepEqual(events, ["opened"]);
  assert.deepEqual(await ask(), ready);
  {
    using _store = app.override(store, new Store("other"));
    assert.deepEqual(await ask(), failed("store"));
    using _nothing = app.override(store, {} as Store);
    assert.deepEqual(await ask(), failed("store"));
  }
  assert.deepEqual(await ask(), ready);
  await app.stop();
  assert.deepEqual(events, ["opened", "checked own", "checked other", "checked own", "closed"]);
});

test("a check that takes too long has failed, is told so, and is not begun again before it ends", async () => {
  let runs = 0;
  const signals: AbortSignal[] = [];
  let end = (): void => {};
  const slow = async (signal: AbortSignal): Promise<void> => {
    runs += 1;
    signals.push(signal);
    if (runs === 1) await new Promise<void>((resolve) => (end = resolve));
  };
  const { ask } = create({ checkInterval: 0, checkTimeout: 20, checks: { slow } });
  assert.deepEqual(await ask(), failed("slow"));
  assert.deepEqual(await ask(), failed("slow"));
  assert.equal(runs, 1);
  const [signal] = signals;
  if (signal?.aborted === false) await new Promise((resolve) => signal.addEventListener("abort", resolve));
  end();
  // The first may still be about that one.
  assert.deepEqual(await ask(), ready);
  assert.deepEqual(await ask(), ready);
  assert.equal(runs, 2);
});

test("however many ask, the checks run once in their interval, and outside of every request", async () => {
  const requests: unknown[] = [];
  const check = async (): Promise<void> => void requests.push(currentRequest.getStore());
  const { ask } = create({ checkInterval: 60_000, checks: { check } });
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask()));
  for (const answer of [...answers, await ask()]) assert.deepEqual(answer, ready);
  assert.deepEqual(requests, [undefined]);
});

test("an app that stops is not ready, whatever the checks say", async () => {
  let runs = 0;
  const begun = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const { app, ask } = create({
    checkInterval: 0,
    checks: {
      check: () => {
        runs += 1;
        begun.resolve();
        return held.promise;
      },
    },
  });
  const asked = ask();
  await begun.promise;
  const stopped = app.stop();
  held.resolve();
  assert.deepEqual(await asked, [503, { status: "not ready" }]);
  await stopped;
  assert.equal(runs, 1);
});

test("refuses what cannot be checked, at the start", async () => {
  const request = dependency(() => ({ check: () => {} }));
  const wrong: readonly [object, RegExp][] = [
    [{ checks: { request } }, /health: \{ checks: \{ request \} \}/],
    [{ checks: { nothing: undefined } }, /checks: \{ nothing \}/],
    [{ checks: { value: { check() {} } } }, /checks: \{ value \}/],
    [{ checks: [() => {}] }, /a list/],
    [{ checkTimeout: 0 }, /checkTimeout/],
    [{ checkInterval: -1 }, /checkInterval/],
  ];
  for (const [health, message] of wrong) {
    const { app } = create(health);
    await assert.rejects(app.start(), { code: "APUS_BAD_OPTION", message });
  }
  const { ask } = create({ checks: {} });
  assert.deepEqual(await ask(), ready);
});

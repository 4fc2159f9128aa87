/** The life of an app: nothing that started is left running, and no error of its end is lost. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";
import { App } from "./app.ts";

test("a lifespan that throws before it is a generator ends those before it", async () => {
  const events: string[] = [];
  const app = new App({ log: false });
  app.lifespan(async function* () {
    events.push("begin");
    yield;
    events.push("end");
  });
  app.lifespan(() => {
    throw new Error("at once");
  });
  await assert.rejects(app.start(), /at once/);
  assert.deepEqual(events, ["begin", "end"]);
});

test("a lifespan that is no generator function says so", async () => {
  const app = new App({ log: false });
  app.lifespan((async () => {}) as never);
  await assert.rejects(app.start(), { code: "APUS_LIFESPAN", message: /is not a generator function/ });
});

test("every mounted app is ended, and every error of an end is told", async () => {
  const events: string[] = [];
  const build = (name: string): App => {
    return new App({ log: false }).lifespan(async function* () {
      yield;
      events.push(name);
      throw new Error(name);
    });
  };
  const app = build("outer").mount("/one", build("one")).mount("/two", build("two"));
  await app.start();
  await assert.rejects(app.stop(), (error: AggregateError) => {
    assert.deepEqual(
      error.errors.map(({ message }) => message),
      ["outer", "two", "one"],
    );
    return true;
  });
  assert.deepEqual(events, ["outer", "two", "one"]);
});

test("a stop by signal that fails is logged before the process ends", async () => {
  const program = `
    import { App } from ${JSON.stringify(new URL("app.ts", import.meta.url).href)};
    const app = new App({ log: { pretty: false } });
    app.lifespan(async function* () { yield; throw new Error("the pool did not close"); });
    await app.listen({ port: 0 });
    process.kill(process.pid, "SIGTERM");
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const chunk of child.stdout) output += String(chunk);
  assert.match(output, /"The stop failed".*the pool did not close/);
});

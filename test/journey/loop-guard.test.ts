/** The loop guard on apps in processes of their own: what held the loop is named, and nothing else is. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { HeldSite } from "apus";
import { startGuarded, type GuardedProcess } from "./guarded-process.ts";

const place = (name: string): string => `in ${name} \\(\\S*loop-holder\\.ts:\\d+\\)`;
const held = (route: string): string => `^GET ${route} held the event loop (for \\d|\\d+ times more).* ms,? `;
const offloaded = ": move it into offload\\(\\)$";

/** By route: the function that is named, and what is advised. */
const named: readonly (readonly [route: string, name: string, advice: string])[] = [
  ["/report", "renderReport", offloaded],
  ["/parse", "parseRows", offloaded],
  ["/match", "matchName", offloaded],
  ["/load", "loadFile", ": await readFile\\(\\) of node:fs/promises, instead of readFileSync\\(\\)$"],
  ["/exec", "listFolder", ": use exec\\(\\) of node:child_process.* instead of execSync\\(\\)$"],
  ["/derive", "deriveKey", ": use pbkdf2\\(\\) of node:crypto.* instead of pbkdf2Sync\\(\\)$"],
  ["/sort", "sortRows", offloaded],
  ["/microtasks", "addUp", offloaded],
];

/** Everything in production too with APUS_GUARD_ALL=1: there each kind may have to hold the loop twice to be named. */
const isWhole = process.env["APUS_GUARD_ALL"] !== undefined;

for (const [mode, guard, tried] of [
  ["development", { threshold: 30 }, named],
  ["production", { threshold: 100 }, isWhole ? named : named.slice(0, 2)],
] as const) {
  test(`${mode}: function, file, line and route of whatever held the loop`, async (t) => {
    await using guarded = await startGuarded({
      words: ["calibrated"],
      environment: { NODE_ENV: mode, GUARD: JSON.stringify(guard) },
    });
    for (const [route, name, advice] of tried) {
      // In production the caller of a native function may be gone at first; then such calls are measured.
      await t.test(`${route}: ${name}`, async () => {
        const line = await guarded.provoke(route, new RegExp(held(route) + place(name) + advice));
        assert.equal(line.level, "warn");
        assert.equal(line.route, route);
        assert.match(line.requestId ?? "", /./);
        assert.match(line.stack?.join() ?? "", /loop-holder\.ts:\d+/);
      });
    }
  });
}

test("a handler without a name, and code outside every request", async () => {
  await using guarded = await startGuarded();
  await guarded.provoke("/anonymous", /^GET \/anonymous held .* ms at \S*loop-holder\.ts:\d+: /);
  await guarded.provoke(
    "/outside",
    new RegExp(`^Code outside every request held .* ms ${place("renderReport")}${offloaded}`),
  );
  // A timer that a handler started belongs to its request.
  await guarded.provoke("/later", new RegExp(held("/later") + place("renderReport")));
});

test("a place is told once, then counted; /health and loopGuardReport() have the figures", async () => {
  await using guarded = await startGuarded();
  await guarded.provoke("/report", new RegExp(held("/report") + place("renderReport")));
  const sites = async (): Promise<readonly HeldSite[]> => {
    const { heldSites } = (await (await guarded.ask("/health")).json()) as { heldSites: readonly HeldSite[] };
    return heldSites.filter(({ name }) => name === "renderReport");
  };
  for (let [site] = await sites(); (site?.count ?? 0) < 3; [site] = await sites()) {
    await (await guarded.ask("/report")).text();
    await sleep(100);
  }
  const [site] = await sites();
  assert.equal(site?.route, "/report");
  assert.equal(site.method, "GET");
  assert.equal(site.kind, "code");
  assert.ok(site.total > site.longest && site.longest > 50);
  // The second report comes after ten seconds at the earliest, and says how often it has happened.
  const told = guarded.lines.filter(({ message }) => /renderReport/.test(message));
  assert.ok(told.length < site.count, `told ${told.length} times of ${site.count}`);
});

test("development: a synchronous call is told once with the one to use instead; loading modules is not", async () => {
  await using guarded = await startGuarded();
  const line = await guarded.provoke("/little", /^GET \/little calls /);
  const expected =
    /^GET \/little calls readFileSync\(\) in readLittle \(\S*loop-holder\.ts:\d+\), which held the event loop for [\d.]+ ms: await readFile\(\) of node:fs\/promises$/;
  assert.match(line.message, expected);
  for (const path of ["/little", "/require", "/nothing"]) await (await guarded.ask(path)).text();
  const calls = guarded.lines.filter(({ message }) => / calls /.test(message));
  assert.deepEqual(
    calls.map(({ route }) => route),
    ["/little"],
  );
});

test("garbage collection is said as such, and no code is blamed", async () => {
  await using guarded = await startGuarded({ flags: ["--expose-gc"], words: ["overgrown"] });
  const line = await guarded.provoke("/collect", /^Garbage collection held the event loop for/);
  assert.equal(line.level, "info");
  assert.deepEqual(warnings(guarded), []);
});

test("a process that was stopped has held nothing", { skip: process.platform === "win32" }, async () => {
  await using guarded = await startGuarded();
  await (await guarded.ask("/nothing")).text();
  const stop = async (): Promise<void> => {
    guarded.child.kill("SIGSTOP");
    await sleep(600);
    guarded.child.kill("SIGCONT");
    await sleep(300);
  };
  const isSaid = (): boolean => guarded.lines.some(({ message }) => message.startsWith("The process stood still"));
  for (let tries = 0; tries < 20 && !isSaid(); tries += 1) await stop();
  assert.ok(isSaid());
  assert.deepEqual(warnings(guarded), []);
});

test("silent while nothing holds the loop", async () => {
  await using guarded = await startGuarded({ environment: { NODE_ENV: "production" } });
  const minutes = Number(process.env["APUS_GUARD_MINUTES"] ?? 0);
  const end = Date.now() + Math.max(3_000, minutes * 60_000);
  const visit = async (): Promise<void> => {
    while (Date.now() < end) {
      await (await guarded.ask("/nothing")).text();
      await sleep(5);
    }
  };
  await Promise.all(Array.from({ length: 8 }, visit));
  assert.deepEqual(warnings(guarded), []);
});

for (const [why, flags, line] of [
  ["a debugger", ["--inspect=0"], /^The loop guard is off: a debugger/],
  ["the permission model", ["--permission", "--allow-fs-read=*", "--allow-fs-write=*"], /^The loop guard is off: the/],
  [
    "the permission model, threads allowed",
    ["--permission", "--allow-fs-read=*", "--allow-fs-write=*", "--allow-worker"],
    /^The loop guard is off: the/,
  ],
] as const) {
  test(`off, and the app runs, with ${why}`, async () => {
    await using guarded = await startGuarded({ flags });
    assert.equal((await guarded.find(line)).level, "debug");
    await (await guarded.ask("/report")).text();
    assert.deepEqual(warnings(guarded), []);
    guarded.child.kill("SIGTERM");
    assert.equal(await guarded.ended, 0);
  });
}

test("off with guard: false", async () => {
  await using guarded = await startGuarded({ environment: { GUARD: "false" } });
  await (await guarded.ask("/report")).text();
  await (await guarded.ask("/nothing")).text();
  assert.deepEqual(
    guarded.lines.map(({ level }) => level),
    ["info"],
  );
});

test("the process ends by itself after stop(), and nothing but the log was written", async () => {
  await using guarded = await startGuarded();
  await (await guarded.ask("/report")).text();
  await (await guarded.ask("/stop")).text();
  assert.equal(await guarded.ended, 0);
  assert.deepEqual(guarded.strays, []);
});

function warnings({ lines }: GuardedProcess): readonly string[] {
  return lines.filter(({ level }) => level === "warn" || level === "error").map(({ message }) => message);
}

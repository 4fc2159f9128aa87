/** A PostgreSQL that is killed while transactions run, and started again: 503 meanwhile, nothing half done, and no help needed. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";
import { database, transaction, type DatabaseNotifications } from "apus/sql";
import { testClient } from "apus/testing";
import { describeMissing, findService } from "../../scripts/find-service.ts";
import { identifyProcess } from "../../scripts/identify-process.ts";
import { startService, stopService, type StartedService } from "../../scripts/start-service.ts";
import { count, fill, until, type Tables } from "./sql-dialects.ts";

/** A server of the test's own, that can be killed and started again. */
class OwnServer implements AsyncDisposable {
  #service: StartedService;

  private constructor(service: StartedService) {
    this.#service = service;
  }

  static async start(): Promise<OwnServer> {
    return new OwnServer(await startService("postgres", () => {}));
  }

  get url(): string {
    return this.#service.url;
  }

  kill(): void {
    process.kill(this.#service.pid ?? Number.NaN, "SIGKILL");
  }

  /** As it was started before; until the last processes of the killed one are gone, that fails. */
  async restart(): Promise<void> {
    const { folder } = this.#service;
    const data = join(folder, "data");
    const [program = "", ...rest] = readFileSync(join(data, "postmaster.opts"), "utf8").trim().split(' "');
    const words = rest.map((word) => word.slice(0, -1));
    const { uid, gid } = statSync(data);
    const user = process.getuid?.() === 0 ? { uid, gid } : {};
    for (;;) {
      const child = spawn(program, words, { cwd: folder, ...user, stdio: "ignore" });
      const { pid } = child;
      if (pid === undefined) throw new Error(`${program} could not be started.`);
      this.#service = { ...this.#service, ...identifyProcess(pid) };
      const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
      const isReady = (): boolean => {
        try {
          const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
          return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
        } catch {
          return false;
        }
      };
      await until(() => isOver() || isReady());
      if (!isOver()) return;
      await sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stopService(this.#service);
  }
}

function createApp(url: string): App {
  const db = database<Tables>({ url, connections: 4, connectTimeout: 1_000 });
  const app = new App({ log: false, health: { checks: { db }, checkInterval: 0 } });
  app.post("/start", { use: { db } }, (input) => fill(input.db));
  app.post("/move", { use: { own: transaction(db) } }, async ({ own }) => {
    const change = (id: number, by: number): Promise<unknown> =>
      own
        .updateTable("item")
        .set((build) => ({ amount: build("amount", "+", by) }))
        .where("id", "=", id)
        .execute();
    await change(1, -1);
    await change(2, 1);
    return "moved";
  });
  app.get("/state", { use: { db } }, async (input) => {
    const rows = await input.db.selectFrom("item").select("amount").orderBy("id").execute();
    return { rows: await count(input.db), amounts: rows.map(({ amount }) => amount) };
  });
  let notifications: DatabaseNotifications | undefined;
  app.post("/listen", { use: { db } }, async (input) => {
    notifications = input.db.listen("told", { signal: new AbortController().signal });
    await notifications.ready;
  });
  app.get("/told", async () => (await notifications?.next())?.value);
  return app;
}

const skip = findService("postgres") === undefined ? describeMissing("postgres") : false;

test("kill -9 of PostgreSQL in the middle of transactions", { skip }, async () => {
  await using server = await OwnServer.start();
  await using client = await testClient(createApp(server.url));
  const post = async (path: string): Promise<number> => (await client.fetch(path, { method: "POST" })).status;
  assert.deepEqual([await post("/start"), await post("/listen")], [204, 204]);
  const statuses: number[] = [];
  const leaving = new AbortController();
  const moved = (): number => statuses.filter((status) => status === 200).length;
  const work = async (): Promise<void> => {
    while (!leaving.signal.aborted) {
      statuses.push(await post("/move"));
      await sleep(1);
    }
  };
  const workers = [work(), work(), work(), work()];
  await until(() => moved() >= 20);
  server.kill();
  await until(() => statuses.includes(503));
  await until(async () => (await client.fetch("/ready")).status === 503);
  assert.deepEqual(await (await client.fetch("/ready")).json(), { status: "not ready", failed: ["db"] });
  const before = moved();
  assert.equal(await post("/move"), 503);
  await server.restart();
  await until(async () => (await client.fetch("/ready")).status === 200);
  await until(() => moved() >= before + 20);
  leaving.abort();
  await Promise.all(workers);
  assert.deepEqual(new Set(statuses), new Set([200, 503]));
  const { rows, amounts } = (await (await client.fetch("/state")).json()) as { rows: number; amounts: number[] };
  const [first = 0, second = 0] = amounts;
  assert.deepEqual([rows, first + second], [5, 20]);
  // A commit whose answer was lost has happened or not; what was said to have happened has.
  assert.ok(second - 10 >= moved(), `${second - 10} were moved, ${moved()} were said to be`);
  assert.deepEqual(await (await client.fetch("/told")).json(), { channel: "told", payload: "", isGap: true });
});

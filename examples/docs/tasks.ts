/** Durable tasks: docs/tasks.md. */

import { App, dependency } from "apus";
import { database, session } from "apus/sql";
import { chain, chord, task, taskQueue } from "apus/tasks";
import { z } from "zod";
import { count } from "./tasks-cpu.ts";

const url = process.env["APP_DATABASE"] ?? "sqlite:app.db";

/** What was mailed, in place of a mail server. */
export const mailed: string[] = [];

export const mailer = dependency({ scope: "app" }, async function* () {
  yield { send: async (text: string) => void mailed.push(text) };
});

// #region task
export const sendReceipt = task(
  "send-receipt",
  { input: z.object({ order: z.int() }), use: { mailer }, retries: 5, timeout: "30s" },
  async ({ input, mailer: { send }, signal, log }) => {
    signal.throwIfAborted();
    await send(`receipt for order ${input.order}`);
    log.info("mailed", input);
  },
);
// #endregion task

export const fetchPage = task("fetch-page", { input: z.object({ url: z.string() }) }, ({ input }) => input.url.length);

// #region limits
export const syncUser = task(
  "sync-user",
  {
    input: z.object({ user: z.string() }),
    key: ({ user }) => user,
    rate: { limit: 10, per: "1s" },
    concurrency: 5,
    backoff: { first: "2s", most: "10m" },
    giveUpOn: [TypeError],
    expires: "1h",
    queue: "slow",
  },
  async ({ input, progress, attempt }) => {
    progress({ user: input.user, attempt });
    return { synced: true };
  },
);
// #endregion limits

export const parse = task("parse", { input: z.int() }, ({ input }) => ({ words: input }));
export const total = task("total", { input: z.object({ pages: z.array(z.object({ words: z.int() })) }) }, ({ input }) =>
  input.pages.reduce((sum, { words }) => sum + words, 0),
);
export const report = task("report", { input: z.object({ days: z.int() }) }, ({ input }) => input.days);

// #region queue
export const queue = taskQueue({ url, tasks: [sendReceipt, syncUser, fetchPage, parse, total, count, report] });

export const app = new App({ log: false });
app.tasks(queue);
// #endregion queue

// #region schedule
queue.schedule("0 3 * * *", report, { input: { days: 1 }, timeZone: "Europe/Berlin", missed: "once" });
// #endregion schedule

const work = session(database<{ orders: { id: number; name: string } }>({ url }));

// #region within
export const createOrder = app.post(
  "/orders",
  { body: z.object({ name: z.string() }), use: { work }, status: 202 },
  async ({ body, work: open }) => {
    const { id } = await open
      .insertInto("orders")
      .values(body as never)
      .returning("id")
      .executeTakeFirstOrThrow();
    const { id: receipt } = await sendReceipt.enqueue({ order: id }, { within: open });
    return { order: id, receipt };
  },
);
// #endregion within

// #region find
export const readTask = app.get("/tasks/{id}", async ({ path }) => {
  const found = await queue.find(path.id);
  return { state: await found?.state(), progress: await found?.progress() };
});
// #endregion find

/** The ways to enqueue. */
export async function enqueueAll(): Promise<readonly string[]> {
  // #region enqueue
  const handle = await syncUser.enqueue({ user: "ada" });
  const tomorrow = await syncUser.enqueue({ user: "ada" }, { delay: "1d" });
  const once = await syncUser.enqueue({ user: "bob" }, { unique: "bob", priority: 5 });
  const quiet = await syncUser.enqueue({ user: "eve" }, { unique: { key: "eve", when: "debounce", window: "10s" } });
  const many = await syncUser.enqueueAll([{ user: "dan" }, { user: "joe" }]);
  // #endregion enqueue
  return [handle, tomorrow, once, quiet, ...many].map(({ id }) => id);
}

/** A flow, and its result. */
export async function countWords(pages: readonly string[]): Promise<number> {
  // #region flow
  const each = pages.map((page) => chain(fetchPage.step({ url: page }), parse.step()));
  const flow = await chord(each, total.step(undefined, { as: "pages" })).enqueue();
  return flow.result({ timeout: "1m" });
  // #endregion flow
}

/** Type tests of tasks: what handlers are given, what is enqueued, what comes out, and what does not compile. */

import { z } from "zod";
import { dependency } from "../dependencies/dependency.ts";
import { chain, chord, group } from "./flow.ts";
import { task } from "./task.ts";
import type { TaskHandle } from "./task-handle.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>): void => {};

const clock = dependency({ scope: "app" }, () => ({ now: 1 }));
const Order = z.object({ id: z.coerce.date(), count: z.int().default(1) });

const order = task("order", { input: Order, use: { clock }, key: (input) => String(input.count) }, (tools) => {
  same<typeof tools.input, { id: Date; count: number }>(true);
  same<typeof tools.clock, { now: number }>(true);
  same<typeof tools.attempt, number>(true);
  tools.log.info("x");
  tools.progress({ any: "thing" });
  return { at: new Date(), list: [1n] };
});

const handle = await order.enqueue({ id: new Date() }, { delay: "5m", unique: { key: "a", when: "reject" } });
same<typeof handle, TaskHandle<{ readonly at: string; readonly list: readonly string[] }>>(true);

// @ts-expect-error -- an input is needed
void order.enqueue();
// @ts-expect-error -- and of this type
void order.enqueue({ id: new Date(), count: "1" });
// @ts-expect-error -- a delay has a unit
void order.enqueue({ id: 1 }, { delay: "5" });

const plain = task("plain", {}, ({ input }) => {
  same<typeof input, undefined>(true);
});
void plain.enqueue();
void plain.enqueue(undefined, { priority: 3 });
same<Awaited<ReturnType<Awaited<ReturnType<typeof plain.enqueue>>["result"]>>, undefined>(true);

const checked = task("checked", { output: z.object({ id: z.int() }) }, async () => ({ id: 1 }));
same<Awaited<ReturnType<typeof checked.enqueue>>, TaskHandle<{ readonly id: number }>>(true);
// @ts-expect-error -- not what output says
task("wrong", { output: z.object({ id: z.int() }) }, () => ({ id: "1" }));

// @ts-expect-error -- the name is taken
task("taken", { use: { attempt: clock } }, () => {});
// @ts-expect-error -- there is no such option
task("unknown", { retry: 3 }, () => {});

task("cpu", { input: z.int(), cpu: import.meta }, (tools) => {
  same<typeof tools.input, number>(true);
  tools.signal.throwIfAborted();
  // @ts-expect-error -- a worker thread has no log of the app
  void tools.log;
});

const one = task("one", { input: z.int() }, ({ input }) => String(input));
const last = await chain(one.step(1), checked.step()).enqueue();
same<typeof last, TaskHandle<{ readonly id: number }>>(true);
const total = await chord([one.step(1), one.step(2)], one.step()).enqueue();
same<typeof total, TaskHandle<string>>(true);
const each = await group(one.step(1), one.step(2)).enqueue();
same<typeof each, readonly TaskHandle<string>[]>(true);
// @ts-expect-error -- not the input of the task
one.step("1");

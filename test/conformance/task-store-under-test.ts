/** What the conformance suites of task queues are run on, and what their tests have in common. */

import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { taskQueue, type TaskDriver, type TaskQueue, type TaskQueueOptions } from "apus/tasks";
import { silentLogger } from "../../src/log/logger.ts";
import type { TaskStore, TaskStoreListener } from "../../src/tasks/task-store.ts";

/** Gives a driver whose store is new and empty, and gone after the test. */
export interface StoreUnderTest {
  readonly name: string;
  create(context: TestContext): TaskDriver;
}

/** Milliseconds: short enough for a test, and long enough for a thread that has to wait for its turn. */
export const shortLease = 1_500;

/** A queue that is stopped after the test, with nothing left that waits. */
export function buildQueue(context: TestContext, options: TaskQueueOptions): TaskQueue {
  const queue = taskQueue({ log: silentLogger, ...options });
  context.after(() => queue.stop({ timeout: 0 }));
  return queue;
}

/** The same, started. */
export async function startQueue(context: TestContext, options: TaskQueueOptions): Promise<TaskQueue> {
  const queue = buildQueue(context, options);
  await queue.start();
  return queue;
}

/** Waits until it is so; the test's own time limit ends what never is. */
export async function until(isSo: () => unknown): Promise<void> {
  while (!(await isSo())) await sleep(5);
}

/** A gate that handlers wait at, and that tells how many do. */
export class Gate {
  waiting = 0;
  most = 0;
  readonly #open = Promise.withResolvers<void>();

  async pass(): Promise<void> {
    this.waiting += 1;
    this.most = Math.max(this.most, this.waiting);
    await this.#open.promise;
    this.waiting -= 1;
  }

  open(): void {
    this.#open.resolve();
  }
}

/** A driver whose connection can be lost as that of a process that was killed: nothing is renewed, told or heard any more. */
export class Killable implements TaskDriver {
  readonly name: string;
  readonly #driver: TaskDriver;
  #store: TaskStore | undefined;
  #isDead = false;

  constructor(driver: TaskDriver) {
    this.name = driver.name;
    this.#driver = driver;
  }

  /** The connection as it is below. */
  get store(): TaskStore {
    assert.ok(this.#store !== undefined);
    return this.#store;
  }

  async connect(listener: TaskStoreListener, settings: { readonly lease: number }): Promise<TaskStore> {
    const quiet: TaskStoreListener = {
      changed: () => !this.#isDead && listener.changed(),
      lost: (claims) => !this.#isDead && listener.lost(claims),
      cancelling: (claims) => !this.#isDead && listener.cancelling(claims),
      failed: (error) => !this.#isDead && listener.failed(error),
    };
    const store = await this.#driver.connect(quiet, settings);
    this.#store = store;
    return new Proxy(store, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target) as unknown;
        if (typeof value !== "function") return value;
        if (this.#isDead && name === "settle") return async () => false;
        if (this.#isDead && name === "claim") return async () => ({ claims: [], nextAt: undefined });
        return (value as (...given: unknown[]) => unknown).bind(target);
      },
    });
  }

  async kill(): Promise<void> {
    this.#isDead = true;
    await this.store.close();
  }
}

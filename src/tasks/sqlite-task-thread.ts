/** The thread of a SQLite file of tasks as the main thread has it: calls in batches, and a new thread when one was lost. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { RenewedClaim } from "./renewed-claims.ts";
import type { SqliteTaskFile, TaskFileInit } from "./sqlite-task-file.ts";
import type {
  FromTaskThread,
  TaskFileCall,
  TaskFileMethod,
  TaskFileReply,
  ThreadFailure,
} from "./sqlite-task-messages.ts";

/** The worker's file has the ending that this one has: `.ts` from source, `.js` once it is built. */
const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./sqlite-task-worker.ts" : "./sqlite-task-worker.js",
  import.meta.url,
);

/** Milliseconds that a thread is given to close its file. */
const closeGrace = 15_000;

export interface TaskThreadEvents {
  readonly told: (message: FromTaskThread) => void;
  /** Claims that a new thread has to renew in the place of the lost one. */
  readonly listHeld: () => readonly RenewedClaim[];
  /** The error that a call fails with. */
  readonly translate: (failure: ThreadFailure) => Error;
}

type Result<Name extends TaskFileMethod> = ReturnType<SqliteTaskFile[Name]>;

export class SqliteTaskThread {
  readonly #init: TaskFileInit;
  readonly #events: TaskThreadEvents;
  readonly #awaited = new Map<number, (reply: TaskFileReply) => void>();
  #worker: Worker | undefined;
  #outbox: TaskFileCall[] = [];
  #lastId = 0;
  #isClosed = false;

  constructor(init: TaskFileInit, events: TaskThreadEvents) {
    this.#init = init;
    this.#events = events;
  }

  /** Starts the thread; gives the path of the file. @throws Error when the file cannot be opened */
  async open(): Promise<string> {
    return String(await this.#ask("open", [{ ...this.#init, held: this.#events.listHeld() }]));
  }

  /** @throws what the file refuses, and Error when the thread is lost */
  async call<Name extends TaskFileMethod>(
    method: Name,
    ...given: Parameters<SqliteTaskFile[Name]>
  ): Promise<Result<Name>> {
    if (this.#isClosed) throw new Error("The store of these tasks is closed.");
    if (this.#worker === undefined) void this.open().catch(() => {});
    return (await this.#ask(method, given)) as Result<Name>;
  }

  /** Closes the file and ends the thread. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = once(worker, "exit");
    const timer = setTimeout(() => void worker.terminate(), closeGrace);
    await this.#ask("close", []).catch(() => worker.terminate());
    worker.ref();
    await exited;
    clearTimeout(timer);
  }

  async #ask(method: TaskFileCall["method"], given: readonly unknown[]): Promise<unknown> {
    const worker = (this.#worker ??= this.#start());
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<TaskFileReply>();
    // A store that is not asked anything does not keep the process alive.
    if (this.#awaited.size === 0) worker.ref();
    this.#awaited.set(id, resolve);
    this.#send({ id, method, given } as TaskFileCall);
    const { value, failure } = await promise;
    if (failure !== undefined) throw this.#events.translate(failure);
    return value;
  }

  /** What is asked in one turn is one message. */
  #send(call: TaskFileCall): void {
    this.#outbox.push(call);
    if (this.#outbox.length > 1) return;
    queueMicrotask(() => {
      const calls = this.#outbox;
      this.#outbox = [];
      this.#worker?.postMessage(calls);
    });
  }

  #start(): Worker {
    const worker = new Worker(entry, { name: "apus-tasks", execArgv: [] });
    let reason: unknown;
    worker.on("message", (message: FromTaskThread) => this.#receive(worker, message));
    worker.on("error", (error) => (reason = error));
    worker.on("exit", () => this.#lose(worker, reason));
    worker.unref();
    return worker;
  }

  #receive(worker: Worker, message: FromTaskThread): void {
    for (const reply of message.replies) {
      const resolve = this.#awaited.get(reply.id);
      this.#awaited.delete(reply.id);
      resolve?.(reply);
    }
    if (this.#awaited.size === 0) worker.unref();
    this.#events.told(message);
  }

  #lose(worker: Worker, reason: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#outbox = [];
    const why = reason instanceof Error ? reason.message : "it was ended";
    const message = `The thread of the tasks' file was lost: ${why}.`;
    const failure: ThreadFailure = { name: "Error", message, stack: undefined, errcode: undefined };
    for (const [id, resolve] of this.#awaited) {
      this.#awaited.delete(id);
      resolve({ id, failure });
    }
  }
}

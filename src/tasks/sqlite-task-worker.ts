/** The entry of the thread that owns a SQLite file of tasks: answers calls, renews leases, and sees what others change. */

import { parentPort, receiveMessageOnPort, type MessagePort } from "node:worker_threads";
import { RenewedClaims, type RenewedClaim } from "./renewed-claims.ts";
import { SqliteTaskFile } from "./sqlite-task-file.ts";
import {
  describeThreadFailure,
  type FromTaskThread,
  type OpenFile,
  type TaskFileCall,
  type TaskFileReply,
} from "./sqlite-task-messages.ts";
import type { ClaimReference, ClaimRequest, ClaimResult } from "./task-store.ts";

/** Milliseconds between two looks at what other processes have changed. */
const lookInterval = 100;

const changing: ReadonlySet<string> = new Set(["enqueue", "settle", "cancel", "requeue", "pause", "fire"]);
/** What is not part of a transaction with other calls. */
const apart: ReadonlySet<string> = new Set(["open", "close"]);
const nothing: FromTaskThread = { replies: [], changed: false, lost: [], cancelling: [] };

class TaskFileServer {
  readonly #port: MessagePort;
  #file: SqliteTaskFile | undefined;
  #renewed: RenewedClaims | undefined;
  #lease = 0;
  #version = 0;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  /** Calls that arrive together are one transaction, and so one write to the disk. */
  answer(calls: readonly TaskFileCall[]): void {
    let replies: readonly TaskFileReply[];
    try {
      const together = calls.length > 1 && this.#file !== undefined && !calls.some(({ method }) => apart.has(method));
      replies = together ? this.#answerTogether(calls) : calls.map((call) => this.#answerOne(call));
    } catch (error) {
      const failure = describeThreadFailure(error);
      replies = calls.map(({ id }) => ({ id, failure }));
    }
    const changed = calls.some(({ method }) => changing.has(method));
    const cancelling = calls.some(({ method }) => method === "cancel") ? this.#findCancelling() : [];
    this.#tell({ replies, changed, lost: [], cancelling });
    if (calls.some(({ method }) => method === "close")) this.#port.close();
  }

  #answerTogether(calls: readonly TaskFileCall[]): readonly TaskFileReply[] {
    const { statements } = this.#opened();
    return statements.transact(() => calls.map((call) => this.#answerOne(call)));
  }

  #answerOne({ id, method, given }: TaskFileCall): TaskFileReply {
    try {
      return { id, value: this.#call(method, given) };
    } catch (error) {
      return { id, failure: describeThreadFailure(error) };
    }
  }

  #call(method: TaskFileCall["method"], given: readonly unknown[]): unknown {
    if (method === "open") return this.#open(given[0] as OpenFile);
    const file = this.#opened();
    if (method === "close") return this.#close(file);
    const value = (file[method] as (...given: readonly unknown[]) => unknown).apply(file, [...given]);
    if (method === "claim") this.#hold(given[0] as ClaimRequest, value as ClaimResult);
    if (method === "settle") this.#renewed?.remove(given[0] as ClaimReference);
    return value;
  }

  /** Gives the path of the file. */
  #open(given: OpenFile): string {
    const file = new SqliteTaskFile(given);
    const renewed = new RenewedClaims(given.lease, (claims) => this.#attempt(() => this.#renew(claims)));
    for (const claim of given.held) renewed.add(claim, claim.until);
    this.#file = file;
    this.#lease = given.lease;
    this.#renewed = renewed;
    this.#version = file.statements.version;
    this.#looking = setInterval(() => this.#attempt(() => this.#look()), lookInterval);
    return file.path;
  }

  #close(file: SqliteTaskFile): void {
    clearInterval(this.#looking);
    this.#renewed?.clear();
    file.close();
  }

  #hold({ demands }: ClaimRequest, { claims }: ClaimResult): void {
    for (const claim of claims) {
      const holdFor = demands.find(({ name }) => name === claim.task)?.holdFor;
      this.#renewed?.add(claim, holdFor === undefined ? undefined : Date.now() + holdFor);
    }
  }

  #renew(claims: readonly RenewedClaim[]): void {
    const now = Date.now();
    const due = claims.filter(({ until }) => until === undefined || now < until);
    const held = this.#opened().renew(due, now + this.#lease);
    const lost = due.filter(({ id }) => !held.has(id));
    for (const claim of lost) this.#renewed?.remove(claim);
    const cancelling = due.filter(({ id }) => held.get(id) === true);
    if (lost.length > 0 || cancelling.length > 0) this.#tell({ ...nothing, lost, cancelling });
  }

  #look(): void {
    const { version } = this.#opened().statements;
    if (version === this.#version) return;
    this.#version = version;
    this.#tell({ ...nothing, changed: true, cancelling: this.#findCancelling() });
  }

  #findCancelling(): readonly ClaimReference[] {
    const held = this.#renewed?.list() ?? [];
    if (held.length === 0 || this.#file === undefined) return [];
    const wanted = new Set(this.#file.listCancelling());
    return held.filter(({ id }) => wanted.has(id));
  }

  #opened(): SqliteTaskFile {
    if (this.#file === undefined) throw new Error("The file of tasks is not open.");
    return this.#file;
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#tell({ ...nothing, failure: describeThreadFailure(error) });
    }
  }

  #tell(message: FromTaskThread): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread, not a window
    this.#port.postMessage(message);
  }
}

if (parentPort !== null) {
  const server = new TaskFileServer(parentPort);
  const port = parentPort;
  port.on("message", (calls: readonly TaskFileCall[]) => {
    const gathered = [...calls];
    // What came while the last write was under way is written together.
    for (let more = receiveMessageOnPort(port); more !== undefined; more = receiveMessageOnPort(port)) {
      gathered.push(...(more.message as readonly TaskFileCall[]));
    }
    server.answer(gathered);
  });
}

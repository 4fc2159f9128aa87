/** Connections that are opened with some bytes and then held: WebSockets that say nothing, readers of events that take their time. */

import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { HeldJob, HeldOutcome } from "./load-job.ts";
import { readMemory, readRunMs } from "./process-accounts.ts";

const openedAtOnce = 100;
const timeoutMs = 20_000;
/** What a slow reader takes at a time; what it reads is thrown away, so all share it. */
const sip = Buffer.alloc(64);

class HeldConnection {
  isAnswered = false;
  isClosed = false;
  readonly #socket: Socket;
  #first = "";

  constructor({ port, opening, answer, readsSlowly }: HeldJob) {
    const onread = { buffer: sip, callback: (count: number): boolean => this.#take(sip, count) && !readsSlowly };
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true, onread });
    this.#socket.on("error", () => {}); // "close" follows
    this.#socket.on("connect", () => this.#socket.write(opening, "latin1"));
    this.#socket.on("close", () => (this.isClosed = true));
    this.#expected = answer;
  }

  readonly #expected: string;

  /** A slow reader's next few bytes. */
  sip(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer, count: number): true {
    if (this.isAnswered) return true;
    this.#first += bytes.toString("latin1", 0, count);
    this.isAnswered = this.#first.startsWith(this.#expected);
    return true;
  }
}

/** Opens all of them, a few at a time, holds them, and says what each costs the server. */
export async function runHeld(job: HeldJob): Promise<HeldOutcome> {
  const { pid, connections, holdMs } = job;
  const held: HeldConnection[] = [];
  // A few first, so that what the first one costs does not count.
  const first = await openGroup(job, openedAtOnce);
  for (const connection of first) connection.end();
  await sleep(500);
  const before = readMemory(pid).now;
  const sipping = setInterval(() => {
    if (job.readsSlowly) for (const connection of held) connection.sip();
  }, 1_000);
  try {
    while (held.length < connections) held.push(...(await openGroup(job, openedAtOnce)));
    const [cpuBefore, begin] = [readRunMs(pid), performance.now()];
    await sleep(holdMs);
    const cpuShare = (readRunMs(pid) - cpuBefore) / (performance.now() - begin);
    const open = held.filter(({ isAnswered, isClosed }) => isAnswered && !isClosed).length;
    const bytesPerConnection = (readMemory(pid).now - before) / connections;
    const lost = connections - open;
    const sample = lost === 0 ? undefined : "closed, or not answered as expected";
    return { open, bytesPerConnection, cpuShare, wrong: 0, lost, sample };
  } finally {
    clearInterval(sipping);
    for (const connection of held) connection.end();
  }
}

async function openGroup(job: HeldJob, size: number): Promise<readonly HeldConnection[]> {
  const group = Array.from({ length: size }, () => new HeldConnection(job));
  const deadline = performance.now() + timeoutMs;
  while (group.some(({ isAnswered, isClosed }) => !isAnswered && !isClosed) && performance.now() < deadline) {
    if (job.readsSlowly) for (const connection of group) connection.sip();
    await sleep(2);
  }
  return group;
}

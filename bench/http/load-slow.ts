/** Slow clients beside honest ones: many connections that bring or take a byte now and then, and what the others notice. */

import { connect, type Socket } from "node:net";
import type { SlowJob, SlowOutcome } from "./load-job.ts";
import { runOpen } from "./load-loops.ts";
import { countHeld, readMemory } from "./process-accounts.ts";

/** Slow clients have their turn in so many groups a second, so that the honest never wait for all of them. */
const groups = 100;
const turnMs = 1_000 / groups;
const memoryMs = 250;

/** What a slow reader takes at a time; what it reads is thrown away, so all share it. */
const sip = Buffer.alloc(16);

class SlowClient {
  /** Its own; 0 before it is open. */
  port = 0;
  /** Milliseconds from the opening to the end that the server made; undefined when it made none. */
  cutAfter: number | undefined;
  /** Of the answer that came instead of the one that was asked for. */
  status: string | undefined;
  readonly #socket: Socket;
  readonly #job: SlowJob;
  readonly #openedAt = performance.now();
  #dripped = 0;
  #isEnded = false;

  constructor(job: SlowJob) {
    this.#job = job;
    // Told not to read on, the socket leaves the rest with the system: the window of the connection fills, and closes.
    const onread = { buffer: sip, callback: (): boolean => false };
    const options = { host: "127.0.0.1", port: job.port, noDelay: true };
    this.#socket = connect(job.readsSlowly ? { ...options, onread } : options);
    this.#socket.on("error", () => {}); // "close" follows
    this.#socket.once("connect", () => {
      this.port = this.#socket.localPort ?? 0;
      this.#socket.write(job.opening, "latin1");
    });
    if (!job.readsSlowly) this.#socket.on("data", (bytes: Buffer) => this.#note(bytes));
    this.#socket.once("end", () => this.#close());
    this.#socket.once("close", () => this.#close());
  }

  /** Once a second. */
  takeTurn(): void {
    const { drip, readsSlowly } = this.#job;
    if (this.port === 0 || this.cutAfter !== undefined) return;
    if (readsSlowly) this.#socket.resume();
    const byte = drip[this.#dripped++];
    if (byte !== undefined) this.#socket.write(byte, "latin1");
  }

  end(): void {
    this.#isEnded = true;
    this.#socket.destroy();
  }

  #note(bytes: Buffer): void {
    this.status ??= bytes.toString("latin1", 9, 12);
  }

  #close(): void {
    if (this.#isEnded || this.port === 0) return;
    this.cutAfter ??= performance.now() - this.#openedAt;
  }
}

/** Opens the slow clients evenly in the time that they have for it, and gives each its turn once a second. */
function startAttack(job: SlowJob, clients: SlowClient[]): NodeJS.Timeout {
  const begin = performance.now();
  let group = 0;
  return setInterval(() => {
    group = (group + 1) % groups;
    for (let index = group; index < clients.length; index += groups) clients[index]?.takeTurn();
    const share = (performance.now() - begin) / job.openingMs;
    const due = Math.min(job.connections, Math.ceil(share * job.connections));
    while (clients.length < due) clients.push(new SlowClient(job));
  }, turnMs);
}

/** The honest alone, then with the slow ones: the same connections, the same rate, in the same process. */
export async function runSlow(job: SlowJob): Promise<SlowOutcome> {
  const { port, pid, shots, honest } = job;
  const ask = (times: { readonly warmUpMs: number; readonly measureMs: number }): ReturnType<typeof runOpen> =>
    runOpen({ kind: "open", port, pid, shots, ...honest, ...times });
  const alone = await ask({ warmUpMs: 1_000, measureMs: job.aloneMs });
  const bytesBefore = readMemory(pid).now;
  let bytesAtMost = bytesBefore;
  const clients: SlowClient[] = [];
  const attack = startAttack(job, clients);
  const memory = setInterval(() => {
    bytesAtMost = Math.max(bytesAtMost, readMemory(pid).now);
  }, memoryMs);
  try {
    const coming = await ask({ warmUpMs: 0, measureMs: job.comingMs });
    const staying = await ask({ warmUpMs: 0, measureMs: job.stayingMs });
    const statuses: Record<string, number> = {};
    for (const { status } of clients) if (status !== undefined) statuses[status] = (statuses[status] ?? 0) + 1;
    const ports = new Set(clients.map(({ port: own }) => own).filter((own) => own !== 0));
    return {
      alone,
      coming,
      staying,
      opened: ports.size,
      held: countHeld(port, ports),
      cutAfter: clients.flatMap(({ cutAfter }) => cutAfter ?? []),
      statuses,
      bytesPerConnection: (bytesAtMost - bytesBefore) / job.connections,
    };
  } finally {
    clearInterval(attack);
    clearInterval(memory);
    for (const client of clients) client.end();
  }
}

/** More requests than a server can answer: they arrive at fixed times, and what becomes of each is counted. */

import { connect, type Socket } from "node:net";
import type { OverloadJob, OverloadOutcome, Shot } from "./load-job.ts";
import { createTurn, nextTurn } from "./load-loops.ts";
import { readCoreBusyMs, readCpuMs } from "./process-accounts.ts";
import { ResponseReader, type Answer } from "./response-reader.ts";
import { describeLatencies } from "./statistics.ts";

/** Fewer than any server's backlog, so that no connection waits for a repeated SYN. */
const openedAtOnce = 100;

/** One connection: idle, or with a request that arrived at `arrival`. */
class Caller {
  arrival: number | undefined;
  shot: Shot | undefined;
  isOpen = false;
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();

  constructor(port: number, crowd: Crowd) {
    this.#socket = connect({ host: "127.0.0.1", port, noDelay: true });
    this.#socket.on("error", () => {}); // "close" follows
    this.#socket.once("connect", () => {
      this.isOpen = true;
      crowd.opened(this);
    });
    this.#socket.once("close", () => {
      const wasOpen = this.isOpen;
      this.isOpen = false;
      crowd.closed(this, wasOpen);
    });
    this.#socket.on("data", (bytes: Buffer) => this.#read(bytes, crowd));
  }

  ask(arrival: number, shot: Shot): void {
    this.arrival = arrival;
    this.shot = shot;
    this.#socket.write(shot.bytes, "latin1");
  }

  end(): void {
    this.isOpen = false;
    this.#socket.destroy();
  }

  #read(bytes: Buffer, crowd: Crowd): void {
    try {
      const answer = this.#reader.push(bytes);
      if (answer === undefined) return;
      if (answer.closes) this.end();
      crowd.answered(this, answer);
    } catch {
      this.#socket.destroy();
    }
  }
}

/** The connections, the requests that wait for one, and what became of all. */
class Crowd {
  readonly waiting: number[] = [];
  readonly accepted: { readonly latency: number; readonly at: number }[] = [];
  readonly refused: number[] = [];
  readonly counts = { withRetryAfter: 0, wrong: 0, lost: 0, connections: 0 };
  sample: string | undefined;
  readonly #job: OverloadJob;
  readonly #nextShot: () => Shot;
  readonly #callers = new Set<Caller>();
  readonly #idle: Caller[] = [];
  #opening = 0;
  /** How many of `waiting` wait no more. */
  #begun = 0;
  #busy = 0;

  constructor(job: OverloadJob) {
    this.#job = job;
    this.#nextShot = createTurn(job.shots);
  }

  /** Requests that have neither an answer nor lost their connection. */
  get unsettled(): number {
    return this.#busy + this.waiting.length - this.#begun;
  }

  /** Gives the waiting requests to idle connections, the oldest first, and opens further ones for the rest. */
  serve(): void {
    while (this.#begun < this.waiting.length) {
      const caller = this.#idle.pop();
      if (caller === undefined) break;
      if (!caller.isOpen) continue;
      this.#busy++;
      caller.ask(this.waiting[this.#begun++] ?? NaN, this.#nextShot());
    }
    const { port, connections } = this.#job;
    const wanted = Math.min(this.waiting.length - this.#begun, openedAtOnce);
    while (this.#opening < wanted && this.#callers.size < connections) {
      this.#opening++;
      this.#callers.add(new Caller(port, this));
      this.counts.connections = Math.max(this.counts.connections, this.#callers.size);
    }
  }

  /** Opens that many before anything arrives; those that cannot be opened are missing. */
  async open(count: number): Promise<void> {
    for (let left = count; left > 0; left -= openedAtOnce) {
      this.#opening = Math.min(openedAtOnce, left);
      for (let index = this.#opening; index > 0; index--) this.#callers.add(new Caller(this.#job.port, this));
      while (this.#opening > 0) await nextTurn();
    }
    this.counts.connections = this.#callers.size;
  }

  opened(caller: Caller): void {
    this.#opening--;
    this.#idle.push(caller);
  }

  answered(caller: Caller, { status, headers, body }: Answer): void {
    const { arrival = NaN, shot } = caller;
    caller.arrival = undefined;
    this.#busy--;
    const at = performance.now();
    if (status === 503) {
      this.refused.push(at - arrival);
      if (headers.has("retry-after")) this.counts.withRetryAfter++;
    } else if (status === shot?.status && body.toString() === shot.body) {
      this.accepted.push({ latency: at - arrival, at });
    } else {
      this.counts.wrong++;
      this.sample ??= `status ${status}: ${body.toString("latin1", 0, 120)}`;
    }
    if (caller.isOpen) this.#idle.push(caller);
    else this.#callers.delete(caller);
  }

  closed(caller: Caller, wasOpen: boolean): void {
    this.#callers.delete(caller);
    if (!wasOpen && caller.shot === undefined) {
      // It could not be opened: the request that it was opened for is lost, or somebody else has taken it.
      this.#opening--;
      if (this.#begun === this.waiting.length) return;
      this.#begun++;
    } else if (caller.arrival === undefined) return;
    else this.#busy--;
    this.counts.lost++;
    this.sample ??= wasOpen ? "closed by the server before it answered" : "a connection could not be opened";
  }

  end(): void {
    for (const caller of this.#callers) caller.end();
  }
}

/** Watches the server's core from now on. */
function startShares({ pid, core }: OverloadJob): () => Pick<OverloadOutcome, "serverShare" | "foreignShare"> {
  const [time, cpuMs, busyMs] = [performance.now(), readCpuMs(pid), readCoreBusyMs(core)];
  return () => {
    const elapsed = performance.now() - time;
    const serverMs = readCpuMs(pid) - cpuMs;
    const foreignMs = Math.max(0, readCoreBusyMs(core) - busyMs - serverMs);
    return { serverShare: serverMs / elapsed, foreignShare: foreignMs / elapsed };
  };
}

/** Lets them arrive, then waits for the last answers; a request's time counts from its arrival. */
export async function runOverload(job: OverloadJob): Promise<OverloadOutcome> {
  const crowd = new Crowd(job);
  const delays: number[] = [];
  const offered = Math.floor((job.offerMs * job.rate) / 1000);
  await crowd.open(job.opened);
  const readShares = startShares(job);
  let shares: ReturnType<typeof readShares> | undefined;
  const begin = performance.now();
  const offerEnd = begin + job.offerMs;
  const arrivalOf = (index: number): number => begin + (index * 1000) / job.rate;
  try {
    for (let now = begin; now < offerEnd + job.drainMs; now = performance.now()) {
      for (let arrival = arrivalOf(delays.length); delays.length < offered && arrival <= now;) {
        delays.push(now - arrival);
        crowd.waiting.push(arrival);
        arrival = arrivalOf(delays.length);
      }
      crowd.serve();
      if (now >= offerEnd) shares ??= readShares();
      if (delays.length === offered && crowd.unsettled === 0) break;
      await nextTurn();
    }
    const latencies = crowd.accepted.map(({ latency }) => latency);
    const inOffer = crowd.accepted.filter(({ at }) => at <= offerEnd);
    return {
      offered,
      accepted: latencies.length,
      acceptedInOffer: inOffer.length,
      promptInOffer: inOffer.filter(({ latency }) => latency <= job.promptMs).length,
      refused: crowd.refused.length,
      unanswered: crowd.unsettled,
      sample: crowd.sample,
      acceptedLatency: describeLatencies(latencies),
      refusedLatency: describeLatencies(crowd.refused),
      arrivalDelay: describeLatencies(delays),
      ...(shares ?? readShares()),
      ...crowd.counts,
    };
  } finally {
    crowd.end();
  }
}

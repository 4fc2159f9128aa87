/** Keeps a number of workers serving: brings back those that end, replaces all without a gap, and stops them together. */

import cluster, { type Worker } from "node:cluster";
import type { Logger } from "../log/logger.ts";
import { readReport, type Order } from "./process-messages.ts";
import type { ServeSettings } from "./serve-app.ts";
import { servedProcessPath } from "./served-process-path.ts";

/** Milliseconds before an ended worker is replaced: doubled from time to time, until one has lived for a while. */
const delays = { first: 100, longest: 5_000, healthyAfter: 10_000 };

export interface SupervisorOptions {
  readonly count: number;
  readonly log: Logger;
}

/** The place of one worker; `turn` is the end of what is being done to it, one thing after the other. */
interface Place {
  worker: Worker | undefined;
  readyAt: number;
  delay: number;
  turn: Promise<unknown>;
}

export class WorkerSupervisor {
  readonly #log: Logger;
  readonly #places: readonly Place[];
  /** Every worker whose process runs. */
  readonly #living = new Set<Worker>();
  readonly #stopping = Promise.withResolvers<undefined>();
  readonly #allGone = Promise.withResolvers<undefined>();
  #stopped = false;
  #exitCode = 0;
  #replacing = false;
  #replaceAgain = false;
  #url = "";

  constructor(settings: ServeSettings, { count, log }: SupervisorOptions) {
    this.#log = log;
    this.#places = Array.from({ length: count }, () => ({
      worker: undefined,
      readyAt: 0,
      delay: delays.first,
      turn: Promise.resolve(),
    }));
    cluster.setupPrimary({ exec: servedProcessPath, args: [JSON.stringify(settings)] });
  }

  /** Starts the workers and resolves with the exit code when all have stopped: 1 when one could not start at first. */
  async run(): Promise<number> {
    const started = await Promise.all(this.#places.map((place) => this.#fill(place)));
    if (!this.#stopped) {
      if (started.every(Boolean)) this.#tellReady("Ready");
      else this.#giveUp();
    }
    await this.#stopping.promise;
    if (this.#living.size > 0) await this.#allGone.promise;
    this.#log.info("All workers have stopped");
    return this.#exitCode;
  }

  /** Lets every worker answer what it has, and ends it. */
  stop(): void {
    this.#stopped = true;
    this.#stopping.resolve(undefined);
    for (const worker of this.#living) order(worker, "stop");
  }

  kill(): void {
    this.#stopped = true;
    for (const { process } of this.#living) process.kill("SIGKILL");
  }

  /** Replaces one worker after the other, each only when the new one listens. Asked again meanwhile, it does so again. */
  replaceAll(): void {
    this.#replaceAgain = true;
    if (!this.#replacing) void this.#replaceWhileAsked();
  }

  async #replaceWhileAsked(): Promise<void> {
    this.#replacing = true;
    while (this.#replaceAgain && !this.#stopped) {
      this.#replaceAgain = false;
      if (await this.#replaceEach()) this.#tellReady("Replaced");
    }
    this.#replacing = false;
  }

  async #replaceEach(): Promise<boolean> {
    for (const place of this.#places) {
      const old = place.worker;
      const filled = await this.#inTurn(place, () => this.#fill(place));
      if (this.#stopped) return false;
      if (!filled) {
        this.#log.error("A new worker could not start; the old ones go on serving.");
        return false;
      }
      if (old !== undefined) order(old, "stop");
    }
    return true;
  }

  /** Puts a new worker into the place once it listens; false when it ended before. */
  async #fill(place: Place): Promise<boolean> {
    const worker = cluster.fork();
    this.#living.add(worker);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    worker.on("message", (message: unknown) => {
      const report = readReport(message);
      if (report?.apus === "drained") order(worker, "go");
      if (report?.apus !== "listens") return;
      this.#url = report.url;
      place.worker = worker;
      place.readyAt = performance.now();
      resolve(true);
    });
    worker.once("exit", (code: number | null, signal: string | null) => {
      resolve(false);
      this.#forget(worker);
      if (this.#stopped) this.#exitCode ||= code ?? 1;
      else if (place.worker === worker) {
        this.#bringBack(place, { pid: worker.process.pid, end: signal ?? `code ${code}` });
      }
    });
    return promise;
  }

  #forget(worker: Worker): void {
    this.#living.delete(worker);
    if (this.#living.size === 0) this.#allGone.resolve(undefined);
  }

  #bringBack(place: Place, { pid, end }: { readonly pid: number | undefined; readonly end: string }): void {
    place.worker = undefined;
    if (performance.now() - place.readyAt > delays.healthyAfter) place.delay = delays.first;
    this.#log.warn(`Worker ${pid} has ended (${end}): a new one starts in ${place.delay} ms`);
    void this.#inTurn(place, async () => {
      while (place.worker === undefined && !this.#stopped) {
        await this.#wait(place.delay);
        place.delay = Math.min(place.delay * 2, delays.longest);
        if (this.#stopped) return;
        const filled = await this.#fill(place);
        if (filled) this.#log.info("A new worker has taken its place");
        else if (!this.#stopped) this.#log.error(`A worker could not start: the next try is in ${place.delay} ms`);
      }
    });
  }

  #inTurn<T>(place: Place, work: () => Promise<T>): Promise<T> {
    const turn = place.turn.then(work);
    place.turn = turn;
    return turn;
  }

  /** Ends early when all is to stop. */
  async #wait(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
    await Promise.race([passed, this.#stopping.promise]);
    clearTimeout(timer);
  }

  #giveUp(): void {
    this.#exitCode = 1;
    this.#log.error("A worker could not start: nothing is served.");
    this.stop();
  }

  #tellReady(word: string): void {
    const workers = this.#places.map(({ worker }) => worker?.process.pid);
    this.#log.info(`${word}: ${workers.length} workers on ${this.#url}`, { workers });
  }
}

function order(worker: Worker, word: Order["apus"]): void {
  if (worker.isConnected()) worker.process.send({ apus: word } satisfies Order, () => {});
}

/** One run: its settings, its time, who takes part, and what could not be measured. */

import { fileURLToPath } from "node:url";
import type { Shot } from "./load-job.ts";
import { LoadProcess } from "./load-process.ts";
import type { Feature, Peer } from "./peers.ts";
import { findShot } from "./preflight.ts";
import type { Exchange } from "./requests.ts";
import { startServer, type ServerProcess, type StartOptions } from "./server-process.ts";

const checkout = fileURLToPath(new URL("../../", import.meta.url));

export const serverCore = 0;
export const loadCore = 1;

export interface Settings {
  readonly quick: boolean;
  readonly rounds: number;
  /** Requests per second of the latency measurements. */
  readonly rate: number;
  /** Milliseconds after which nothing new is begun. */
  readonly budgetMs: number;
}

/** A table of the report. Cells are text; numbers are kept in `data`. */
export interface Table {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly data: unknown;
}

/** Something that was not measured, or measured with faults. */
export interface Remark {
  readonly place: string;
  readonly message: string;
  /** A skipped server is no failure; a wrong answer is. */
  readonly isFailure: boolean;
}

/** A scenario: measures and gives its tables. */
export interface Scenario {
  readonly name: string;
  /** Left out when no scenario is named: all of them together would take too long. */
  readonly runsWhenNamed?: boolean;
  readonly measure: (run: BenchRun) => Promise<readonly Table[]>;
}

export class BenchRun {
  readonly settings: Settings;
  readonly load: LoadProcess = new LoadProcess(loadCore);
  readonly remarks: Remark[] = [];
  /** CPU time that others took on the server's core, as a share, one number per closed measurement. */
  readonly foreignShares: number[] = [];
  /** How busy the load process was, likewise. */
  readonly loadShares: number[] = [];
  readonly #peers: readonly Peer[];
  readonly #excluded = new Set<string>();
  readonly #begin = performance.now();

  constructor(settings: Settings, peers: readonly Peer[]) {
    this.settings = settings;
    this.#peers = peers;
  }

  get seconds(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  /** Those that take part, all or those that have a feature. */
  peersWith(feature?: Feature): readonly Peer[] {
    return this.#peers.filter(
      ({ id, features }) => !this.#excluded.has(id) && (feature === undefined || features.includes(feature)),
    );
  }

  exclude(peer: Peer, message: string, isFailure = false): void {
    this.#excluded.add(peer.id);
    this.remark({ place: peer.title, message, isFailure });
  }

  remark({ place, message: words, isFailure }: Remark): void {
    // A report is published: it must not tell where the checkout lies.
    const message = words.replaceAll(checkout, "");
    this.remarks.push({ place, message, isFailure });
    console.error(`  ${isFailure ? "FAULT" : "note"}: ${place}: ${message}`);
  }

  /** Says where the run is. */
  say(words: string): void {
    console.error(`[${this.seconds.toFixed(0).padStart(4)} s] ${words}`);
  }

  /** False, with a remark, when the time is used up. */
  hasTime(place: string): boolean {
    if (performance.now() - this.#begin < this.settings.budgetMs) return true;
    this.remark({ place, message: "left out: the time of the run was used up", isFailure: false });
    return false;
  }

  /** Starts a server, uses it, ends it. What fails is remarked, and gives undefined. */
  async withServer<T>(
    peer: Peer,
    use: (server: ServerProcess) => Promise<T>,
    env: StartOptions["env"] = {},
  ): Promise<T | undefined> {
    try {
      await using server = await startServer(peer, { core: serverCore, env });
      return await use(server);
    } catch (error) {
      this.remark({ place: peer.title, message: (error as Error).message, isFailure: true });
      return undefined;
    }
  }

  /** Starts several servers that stay up together; those that cannot be started are remarked and left out. */
  async withServers<T>(
    peers: readonly Peer[],
    use: (servers: readonly ServerProcess[]) => Promise<T>,
    env: StartOptions["env"] = {},
  ): Promise<T> {
    await using stack = new AsyncDisposableStack();
    const servers: ServerProcess[] = [];
    for (const peer of peers) {
      try {
        servers.push(stack.use(await startServer(peer, { core: serverCore, env })));
      } catch (error) {
        this.remark({ place: peer.title, message: (error as Error).message, isFailure: true });
      }
    }
    return await use(servers);
  }

  /** Remarks faults of an outcome. */
  noteFaults(
    place: string,
    { wrong, lost, sample }: { readonly wrong: number; readonly lost: number; readonly sample: string | undefined },
  ): void {
    if (wrong + lost === 0) return;
    this.remark({ place, message: `${wrong} wrong and ${lost} lost answers (${sample ?? ""})`, isFailure: true });
  }

  /** Full speed over kept-alive connections; undefined when nothing was answered. */
  async measureClosed(
    server: ServerProcess,
    { exchanges, connections = 64, warmUpMs, measureMs }: ClosedMeasure,
  ): Promise<ClosedRound | undefined> {
    const shots: Shot[] = [];
    for (const exchange of exchanges) shots.push(await findShot(server, exchange));
    const { port, pid } = server;
    const outcome = await this.load.run({
      kind: "closed",
      port,
      pid,
      core: serverCore,
      shots,
      connections,
      warmUpMs,
      measureMs,
    });
    this.noteFaults(`${server.peer.title}, ${exchanges[0]?.name ?? ""}`, outcome);
    this.foreignShares.push(outcome.foreignShare);
    this.loadShares.push(outcome.loadShare);
    if (outcome.requests === 0) return undefined;
    return {
      cpuUs: (outcome.serverCpuMs * 1000) / outcome.requests,
      perSecond: outcome.requests / outcome.seconds,
      loadShare: outcome.loadShare,
      shots,
    };
  }
}

export interface ClosedMeasure {
  readonly exchanges: readonly Exchange[];
  readonly connections?: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

/** What one closed measurement gives. */
export interface ClosedRound {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly loadShare: number;
  readonly shots: readonly Shot[];
}

/** The loop guard: one for the process, shared by the apps that listen; tells what held the event loop, and where. */

import { url as inspectorUrl } from "node:inspector";
import { isMainThread } from "node:worker_threads";
import type { RequestHandler } from "../http/request-handler.ts";
import type { Logger } from "../log/logger.ts";
import type { GuardSettings } from "./guard-options.ts";
import { GapReporter } from "./gap-reporter.ts";
import { HeldSites, type HeldSite } from "./held-sites.ts";
import { LoopBeat } from "./loop-beat.ts";
import { createWatchdog, cells, type Watchdog } from "./watchdog.ts";

export interface GuardParts {
  readonly settings: GuardSettings;
  readonly logger: Logger;
  /** `file:line` of a route's declaration, by method and template. */
  readonly declaredAt: (method: string, route: string) => string | undefined;
}

const sampler = "apus.loopGuard";
const sites = new HeldSites();
const users: GuardParts[] = [];
let running: RunningGuard | undefined;

/** What has held the event loop since the first app listened, the worst first; empty where no guard runs. */
export function loopGuardReport(): readonly HeldSite[] {
  return sites.list();
}

/** The same handler, its requests known to the guard that runs while they come. */
export function guardRequests(handler: RequestHandler): RequestHandler {
  return {
    handle(request) {
      running?.beat.touch();
      return handler.handle(request);
    },
  };
}

/**
 * Starts the guard for an app that listens; the returned function ends its share.
 * Never throws: where the guard cannot run, it says so at debug level and the app goes on.
 */
export function startLoopGuard(parts: GuardParts): () => void {
  const obstacle = findObstacle();
  if (obstacle !== undefined) {
    parts.logger.debug(`The loop guard is off: ${obstacle}`);
    return () => {};
  }
  if (users.length === 0) sites.clear();
  users.push(parts);
  if (users.length === 1) restart();
  return () => {
    const index = users.indexOf(parts);
    if (index === -1) return;
    users.splice(index, 1);
    // The others keep the guard that runs, unless it was this one's.
    if (index === 0) restart();
  };
}

/** Why there can be no guard; the inspector would end the process under the permission model. */
function findObstacle(): string | undefined {
  if (!isMainThread) return "this is not the main thread.";
  if (!process.features.inspector) return "this Node.js has no inspector.";
  if ((process as { permission?: unknown }).permission !== undefined) return "the permission model is on.";
  if (inspectorUrl() !== undefined) return "a debugger may be attached.";
  return undefined;
}

/** The app that has listened longest decides on threshold and log. */
function restart(): void {
  running?.stop();
  running = undefined;
  const [parts] = users;
  if (parts === undefined) return;
  try {
    running = new RunningGuard(parts);
  } catch (error) {
    giveUp(parts, error);
  }
}

function giveUp({ logger }: GuardParts, error: unknown): void {
  running?.stop();
  running = undefined;
  users.length = 0;
  logger.debug("The loop guard is off: its thread failed.", { error });
}

class RunningGuard {
  readonly beat: LoopBeat;
  readonly #watchdog: Watchdog;
  readonly #reporter: GapReporter;

  constructor(parts: GuardParts) {
    const { threshold } = parts.settings;
    const interval = threshold / 2;
    const shared = new Float64Array(new SharedArrayBuffer(cells.count * Float64Array.BYTES_PER_ELEMENT));
    const onFailure = (error: Error): void => giveUp(parts, error);
    this.#watchdog = createWatchdog({ shared, threshold, interval, sampler, onFailure });
    this.#reporter = new GapReporter({ ...parts, sites, shared, interval });
    this.beat = new LoopBeat({
      threshold,
      interval,
      store: (beat) => (shared[cells.beat] = beat),
      onGap: (gap) => this.#reporter.consider(gap),
      onWatch: () => this.#watchdog.watch(),
      onRest: () => this.#watchdog.rest(),
    });
    Object.defineProperty(globalThis, Symbol.for(sampler), {
      value: this.#reporter.sample,
      configurable: true,
      enumerable: false,
    });
    this.#reporter.start();
    this.beat.start();
  }

  stop(): void {
    this.beat.stop();
    this.#watchdog.stop();
    this.#reporter.stop();
    Reflect.deleteProperty(globalThis, Symbol.for(sampler));
  }
}

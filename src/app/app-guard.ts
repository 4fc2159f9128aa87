/** An app's share in the loop guard: whether it has one, and from when to when. */

import { readGuardOptions, type GuardOptions, type GuardSettings } from "../guard/guard-options.ts";
import { guardRequests, startLoopGuard } from "../guard/loop-guard.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import { silentLogger, type Logger } from "../log/logger.ts";
import type { RouteDescription } from "./describe-routes.ts";

export interface GuardedAppOptions {
  readonly guard?: GuardOptions | boolean;
  readonly mode?: "development" | "production";
}

export class AppGuard {
  readonly #logger: Logger;
  readonly #settings: GuardSettings | undefined;
  #stop: (() => void) | undefined;

  /** @throws ApusError APUS_BAD_OPTION. */
  constructor({ guard, mode }: GuardedAppOptions, logger: Logger) {
    const isProduction = (mode ?? process.env["NODE_ENV"]) === "production";
    this.#logger = logger;
    this.#settings = readGuardOptions(guard, { isProduction, logs: logger !== silentLogger && !isTest() });
  }

  /** The same handler, seen by the guard once it has started. */
  watch(handler: RequestHandler): RequestHandler {
    return this.#settings === undefined ? handler : guardRequests(handler);
  }

  start(routes: readonly RouteDescription[]): void {
    if (this.#settings === undefined) return;
    const places = new Map(routes.map(({ method, path, declaredAt }) => [`${method} ${path}`, declaredAt]));
    this.#stop = startLoopGuard({
      settings: this.#settings,
      logger: this.#logger,
      declaredAt: (method, route) =>
        places.get(`${method} ${route}`) ?? (method === "HEAD" ? places.get(`GET ${route}`) : undefined),
    });
  }

  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

/** In a test the client, and the test itself, hold the loop as much as the app does. */
function isTest(): boolean {
  return process.env["NODE_ENV"] === "test" || process.env["NODE_TEST_CONTEXT"] !== undefined;
}

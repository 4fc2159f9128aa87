/** The connections of one client: sends one request to one origin, through its gate and its breaker. */

import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { AnswerHeaders } from "./answer-headers.ts";
import { CallGate } from "./call-gate.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import type { ClientSettings } from "./client-settings.ts";
import { createGuardedConnector } from "./guarded-connector.ts";
import { HopWatch, watchHops } from "./hop-watch.ts";
import type { UndiciPackage } from "./load-undici.ts";
import type { OpenContent } from "./request-content.ts";
import { RetryBudget } from "./retry-policy.ts";
import type { OriginStats } from "./upstream-calls.ts";
import { UpstreamError } from "./upstream-error.ts";

/** Where a request goes. */
export interface Target {
  readonly url: URL;
  /** Only public addresses may be called: the URL is a user's, or an upstream has redirected to it. */
  readonly isGuarded: boolean;
}

/** One request to one origin. */
export interface Hop extends Target {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly content: OpenContent;
  readonly signal: AbortSignal;
  /** Milliseconds until the head. */
  readonly head: number;
}

/** An answer whose content has not been read. Its place in the gate is free when the content is closed, or it is left. */
export interface Exchange {
  readonly url: URL;
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly body: Readable;
  /** Frees the place; from here on the call's signal does nothing to the content. */
  readonly leave: () => void;
  /** Turns a failure of the content into what the caller is told, and has the breaker count it. */
  readonly translate: (error: unknown) => unknown;
}

/** What calls to one origin have in common. */
interface OriginState {
  readonly gate: CallGate;
  readonly breaker: CircuitBreaker | undefined;
  readonly budget: RetryBudget;
}

/** Calls of URLs of users share one state: there are as many origins as users think of. */
const guardedKey = "untrusted";

export class UpstreamPool {
  readonly #settings: ClientSettings;
  readonly #agent: Dispatcher;
  readonly #dispatcher: Dispatcher;
  readonly #guarded: Dispatcher;
  readonly #origins = new Map<string, OriginState>();

  constructor(undici: UndiciPackage, settings: ClientSettings) {
    this.#settings = settings;
    const { concurrency: connections, timeouts, http2, tls, guard } = settings;
    // Timed here, to the millisecond, and by the reader of the content, who also knows when nobody reads.
    const both = { connections, bodyTimeout: 0, headersTimeout: 0 };
    const connect = { ...(tls as object), timeout: timeouts.connect };
    this.#agent = new undici.Agent({ ...both, allowH2: http2, connect });
    this.#dispatcher = this.#compose(undici, this.#agent);
    const refuse = (cause: Error): UpstreamError => this.refuse("refused", cause);
    const connector = createGuardedConnector(undici, { guard, timeout: timeouts.connect, refuse });
    // Without keep-alive no connection outlives its call.
    const guarded = new undici.Agent({ ...both, allowH2: false, pipelining: 0, connect: connector });
    this.#guarded = guarded.compose(watchHops);
  }

  budgetOf(target: Target): RetryBudget {
    return this.#stateOf(target).budget;
  }

  /** Milliseconds until the origin is called again; 0 when it is. */
  pauseOf(target: Target): number {
    return this.#stateOf(target).breaker?.remaining ?? 0;
  }

  refuse(kind: "refused" | "busy" | "redirect" | "closed", cause: Error): UpstreamError {
    return new UpstreamError(kind, { upstream: this.#settings.name, cause });
  }

  /** @throws UpstreamError; the signal's reason when it has fired */
  async send(hop: Hop): Promise<Exchange> {
    const { gate, breaker } = this.#stateOf(hop);
    if (hop.isGuarded && !this.#settings.guard.allowsUrl(hop.url)) {
      throw this.refuse("refused", new Error(`${hop.url.origin} may not be called: its scheme, host or port.`));
    }
    await gate.enter(hop.signal);
    const settle = breaker === undefined ? () => undefined : breaker.admit();
    if (settle === undefined) {
      gate.leave();
      throw this.#refuseOpen(hop);
    }
    const watch = new HopWatch(hop, this.#settings.name);
    try {
      const found = await this.#request(hop, watch);
      watch.stopTimer();
      settle(found.statusCode >= 500 ? "failure" : "success");
      const headers = new AnswerHeaders(found.headers);
      const translate = (error: unknown): unknown => {
        const failure = watch.translate(error);
        breaker?.record(judge(failure));
        return failure;
      };
      let isOpen = true;
      const leave = (): void => {
        watch.end();
        if (isOpen) gate.leave();
        isOpen = false;
      };
      found.body.once("close", leave).on("error", () => undefined);
      return { url: hop.url, status: found.statusCode, headers, body: found.body, leave, translate };
    } catch (error) {
      watch.end();
      gate.leave();
      const failure = watch.translate(error);
      settle(judge(failure));
      throw failure;
    }
  }

  stats(): Readonly<Record<string, OriginStats>> {
    const pools = (this.#agent as unknown as { readonly stats: Record<string, Partial<OriginStats> | undefined> })
      .stats;
    const found: Record<string, OriginStats> = {};
    for (const [origin, { gate, breaker }] of this.#origins) {
      const { connected = 0, free = 0 } = readPool(pools[origin]);
      const { running, queued } = gate;
      found[origin] = { breaker: breaker?.state ?? "closed", running, queued, connected, free };
    }
    return found;
  }

  async destroy(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#guarded.destroy()]);
  }

  #compose(undici: UndiciPackage, agent: Dispatcher): Dispatcher {
    const { cache } = this.#settings;
    const marked = agent.compose(watchHops);
    if (cache === undefined) return marked;
    const store = new undici.cacheStores.MemoryCacheStore({
      maxSize: cache.maxBytes,
      maxEntrySize: cache.maxEntryBytes,
    });
    return marked.compose(undici.interceptors.cache({ store }));
  }

  #request(hop: Hop, watch: HopWatch): Promise<Dispatcher.ResponseData<HopWatch>> {
    const { url, isGuarded, method, content } = hop;
    const { length, body } = content;
    const headers = length === undefined ? hop.headers : { ...hop.headers, "content-length": String(length) };
    const dispatcher = isGuarded ? this.#guarded : this.#dispatcher;
    return dispatcher.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers: headers as Record<string, string | string[]>,
      body: body as Dispatcher.DispatchOptions["body"] & string,
      signal: watch.signal,
      opaque: watch,
    });
  }

  #refuseOpen(target: Target): UpstreamError {
    const cause = new Error(`${target.url.origin} has failed too often; it is tried again after a pause.`);
    return new UpstreamError("open", { upstream: this.#settings.name, cause, retryAfter: this.pauseOf(target) });
  }

  #stateOf({ url, isGuarded }: Target): OriginState {
    const key = isGuarded ? guardedKey : url.origin;
    const known = this.#origins.get(key);
    if (known !== undefined) return known;
    const { concurrency, queue, timeouts, breaker } = this.#settings;
    const refuse = (reason: string): UpstreamError => this.refuse("busy", new Error(reason));
    const state = {
      gate: new CallGate({ concurrency, queue, wait: timeouts.queue }, refuse),
      breaker: breaker === undefined || isGuarded ? undefined : new CircuitBreaker(breaker),
      budget: new RetryBudget(),
    };
    this.#origins.set(key, state);
    return state;
  }
}

/** What the breaker makes of a failure: an upstream that answers wrongly is there; a call that was given up says nothing. */
function judge(failure: unknown): "failure" | "success" | "none" {
  if (!(failure instanceof UpstreamError)) return "none";
  const { kind, stage } = failure;
  if (kind === "timeout") return stage === "deadline" || stage === "unread" ? "none" : "failure";
  return kind === "connect" || kind === "connection" || kind === "protocol" ? "failure" : "none";
}

/** Of one connection it is a client's figures, which say less. */
function readPool(pool: object | undefined): Partial<Pick<OriginStats, "connected" | "free">> {
  const { connected, free, running } = (pool ?? {}) as Record<string, number | boolean | undefined>;
  if (typeof connected === "number" && typeof free === "number") return { connected, free };
  return connected === true ? { connected: 1, free: running === 0 ? 1 : 0 } : {};
}

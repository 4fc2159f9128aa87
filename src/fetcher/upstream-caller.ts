/** Makes the calls of one client: attempt after attempt, hop after hop, within the bounds of the call. */

import { checkHeaderName, checkHeaderValue } from "../http/header-rules.ts";
import { fetchChannel, runStep } from "../http/trace-channels.ts";
import { CallScope } from "./call-scope.ts";
import type { ClientSettings } from "./client-settings.ts";
import type { CookieStorage } from "./cookie-storage.ts";
import { followRedirect, isRedirect, type HopRequest } from "./follow-redirects.ts";
import { describeOrigin } from "./propagated-fields.ts";
import { acceptedEncodings, discardContent, hasContent, readAnswerContent } from "./read-answer-content.ts";
import { readContent, type RequestContent } from "./request-content.ts";
import { isIdempotent, isPassingStatus, mayPass, parseRetryAfter, retryDelay } from "./retry-policy.ts";
import { UpstreamAnswer } from "./upstream-answer.ts";
import type { CallSettings } from "./upstream-calls.ts";
import { UpstreamError } from "./upstream-error.ts";
import type { Exchange, Hop, Target, UpstreamPool } from "./upstream-pool.ts";
import { UpstreamStream } from "./upstream-stream.ts";

/** One call, its URL known. */
export interface PlannedCall {
  readonly method: string;
  readonly url: URL;
  readonly settings: CallSettings;
  /** The URL is a user's: nothing of ours is sent. */
  readonly isUntrusted: boolean;
  readonly expectsJson: boolean;
}

/** What a call is made of when it begins. */
interface RunningCall extends PlannedCall {
  readonly scope: CallScope;
  readonly content: RequestContent;
  readonly headers: ReadonlyMap<string, string | readonly string[]>;
  /** Whether it may be made again after it may have had an effect. */
  readonly canRepeat: boolean;
}

export interface CallerParts {
  readonly settings: ClientSettings;
  readonly pool: UpstreamPool;
  readonly cookies: CookieStorage | undefined;
}

export class UpstreamCaller {
  calls = 0;
  retries = 0;
  readonly scopes: Set<CallScope> = new Set();
  readonly #settings: ClientSettings;
  readonly #pool: UpstreamPool;
  readonly #cookies: CookieStorage | undefined;

  constructor({ settings, pool, cookies }: CallerParts) {
    this.#settings = settings;
    this.#pool = pool;
    this.#cookies = cookies;
  }

  /** The whole answer, whatever its status. */
  async receive(planned: PlannedCall): Promise<UpstreamAnswer> {
    const call = this.#begin(planned);
    try {
      return await this.#repeat(call, async () => this.#collect(call, await this.#follow(call)));
    } finally {
      this.#end(call);
    }
  }

  /** The head of the answer, and its content as it comes. */
  async open(planned: PlannedCall): Promise<UpstreamStream> {
    const call = this.#begin(planned);
    try {
      const exchange = await this.#repeat(call, () => this.#follow(call), discardContent);
      call.scope.untime();
      const { body, url, status, headers } = exchange;
      body.once("close", () => this.#end(call));
      const { timeouts, maxBytes = Infinity } = call.settings;
      const { idle, unread } = { ...this.#settings.timeouts, ...timeouts };
      const limits = { upstream: this.#settings.name, maxBytes, idle, unread };
      if (!hasContent(call.method, status)) body.resume();
      const content = readAnswerContent(exchange, limits);
      const leave = (): void => {
        body.destroy();
        exchange.leave();
      };
      return new UpstreamStream({ url: url.href, status, headers, content, leave });
    } catch (error) {
      this.#end(call);
      throw error;
    }
  }

  #begin(planned: PlannedCall): RunningCall {
    const { settings, method } = planned;
    const content = readContent(settings);
    const { total } = { ...this.#settings.timeouts, ...settings.timeouts };
    this.calls += 1;
    const scope = new CallScope({ upstream: this.#settings.name, signal: settings.signal, total });
    try {
      const headers = this.#readHeaders(planned);
      this.scopes.add(scope);
      const isAsked = settings.retries !== undefined;
      const canRepeat = content.isRepeatable && (isAsked || isIdempotent(method, headers.has("idempotency-key")));
      return { ...planned, scope, content, headers, canRepeat };
    } catch (error) {
      scope.end();
      throw error;
    }
  }

  #end({ scope, content }: RunningCall): void {
    content.release();
    scope.end();
    this.scopes.delete(scope);
  }

  /** Those of the call count more than those of the client. */
  #readHeaders({ settings, isUntrusted, expectsJson }: PlannedCall): RunningCall["headers"] {
    const headers = new Map<string, string | readonly string[]>();
    headers.set("accept", expectsJson ? "application/json" : "*/*").set("accept-encoding", acceptedEncodings);
    for (const fields of [isUntrusted ? {} : this.#settings.headers, settings.headers ?? {}]) {
      for (const [name, value] of Object.entries(fields)) {
        if (value === undefined) continue;
        checkHeaderName(name);
        for (const line of typeof value === "string" ? [value] : value) checkHeaderValue(name, line);
        headers.set(name.toLowerCase(), value);
      }
    }
    return headers;
  }

  /** With what the request passes on now, below what the caller has set. */
  #openHeaders({ scope, headers, isUntrusted }: RunningCall): RunningCall["headers"] {
    const { request, remaining } = scope;
    if (request === undefined || isUntrusted || !this.#settings.propagate) return headers;
    return new Map([...Object.entries(describeOrigin(request, remaining)), ...headers]);
  }

  /** Makes the call, and again as long as its failure may pass, the budget allows it, and there is time. */
  async #repeat<Result extends Pick<UpstreamAnswer, "status" | "headers">>(
    call: RunningCall,
    attempt: () => Promise<Result>,
    discard: (result: Result) => void = () => undefined,
  ): Promise<Result> {
    const limit = call.settings.retries ?? (call.isUntrusted ? 0 : this.#settings.retries.limit);
    const budget = this.#pool.budgetOf(this.#target(call, call.url));
    budget.earn();
    for (let retry = 1; ; retry += 1) {
      const outcome = await settle(attempt);
      const wait = retry > limit ? undefined : this.#waitBefore(retry, call, outcome);
      if (wait === undefined || !budget.take()) {
        if ("error" in outcome) throw outcome.error;
        return outcome.result;
      }
      if ("result" in outcome) discard(outcome.result);
      await pause(wait, call.scope.signal);
      this.retries += 1;
    }
  }

  /** Milliseconds until the call is made again; undefined when it is not. */
  #waitBefore(
    number: number,
    call: RunningCall,
    outcome: Outcome<Pick<UpstreamAnswer, "status" | "headers">>,
  ): number | undefined {
    let after: number | undefined;
    if ("error" in outcome) {
      if (!call.content.isRepeatable || !mayPass(outcome.error, call.canRepeat)) return undefined;
    } else {
      if (!call.canRepeat || !isPassingStatus(outcome.result.status)) return undefined;
      after = parseRetryAfter(outcome.result.headers.get("retry-after"));
    }
    const wait = retryDelay(this.#settings.retries, { number, after });
    if (wait === undefined || wait >= call.scope.remaining) return undefined;
    // The breaker would only hide what has failed.
    return this.#pool.pauseOf(this.#target(call, call.url)) > wait ? undefined : wait;
  }

  async #follow(call: RunningCall): Promise<Exchange> {
    const { method, url, content } = call;
    const headers = this.#openHeaders(call);
    const hasBody = ["json", "form", "body"].some((name) => call.settings[name as "json"] !== undefined);
    let request: HopRequest = { method, url, headers, hasContent: hasBody, isRepeatable: content.isRepeatable };
    const limit = call.settings.redirects ?? this.#settings.redirects;
    for (let count = 0; ; count += 1) {
      const exchange = await this.#send(call, request, count > 0);
      const location = exchange.headers.get("location");
      if (limit === 0 || location === undefined || !isRedirect(exchange.status)) return exchange;
      discardContent(exchange);
      const refuse = (reason: string): UpstreamError => this.#pool.refuse("redirect", new Error(reason));
      if (count === limit) throw refuse(`It redirects more than ${limit} times.`);
      request = followRedirect(request, { status: exchange.status, location }, refuse);
    }
  }

  async #send(call: RunningCall, request: HopRequest, isRedirected: boolean): Promise<Exchange> {
    const { scope, content } = call;
    const { url, method } = request;
    const target = this.#target(call, url);
    const jar = target.isGuarded ? undefined : this.#cookies;
    const headers = new Map(request.headers);
    const cookie = headers.has("cookie") ? undefined : await jar?.find(url);
    if (cookie !== undefined) headers.set("cookie", cookie);
    const opened = request.hasContent ? content.open(scope.signal) : { body: null, type: undefined, length: undefined };
    if (opened.type !== undefined && !headers.has("content-type")) headers.set("content-type", opened.type);
    const { head } = { ...this.#settings.timeouts, ...call.settings.timeouts };
    const hop = {
      ...target,
      method,
      headers: Object.fromEntries(headers),
      content: opened,
      signal: scope.signal,
      head,
    };
    try {
      const exchange = await (fetchChannel.hasSubscribers ? this.#sendTraced(call, hop) : this.#pool.send(hop));
      await jar?.store(url, exchange.headers);
      return exchange;
    } catch (error) {
      if (content.failure !== undefined) throw content.failure.error;
      // What a trusted upstream redirects to is its fault, and no mistake in what the client has sent us.
      if (!isRedirected || call.isUntrusted || !isRefusal(error)) throw error;
      throw this.#pool.refuse("redirect", error);
    }
  }

  #sendTraced(call: RunningCall, hop: Hop): Promise<Exchange> {
    const { method, url, isGuarded } = hop;
    const headers = { ...hop.headers };
    const propagates = this.#settings.propagate && !isGuarded && !call.headers.has("traceparent");
    const run = (): Promise<Exchange> => this.#pool.send({ ...hop, headers });
    return runStep(fetchChannel, { method, url, headers, propagates, run }) as Promise<Exchange>;
  }

  #target({ isUntrusted }: PlannedCall, url: URL): Target {
    return { url, isGuarded: isUntrusted || !this.#settings.origins.has(url.origin) };
  }

  async #collect(call: RunningCall, exchange: Exchange): Promise<UpstreamAnswer> {
    const { url, status, headers } = exchange;
    const { timeouts, maxBytes = this.#settings.maxBytes } = call.settings;
    const { idle } = { ...this.#settings.timeouts, ...timeouts };
    const pieces: Uint8Array[] = [];
    if (hasContent(call.method, status)) {
      const limits = { upstream: this.#settings.name, maxBytes, idle };
      for await (const piece of readAnswerContent(exchange, limits)) pieces.push(piece);
    } else {
      discardContent(exchange);
    }
    const [first] = pieces;
    const bytes = pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
    return new UpstreamAnswer({ upstream: this.#settings.name, url: url.href, status, headers, bytes });
  }
}

type Outcome<Result> = { readonly result: Result } | { readonly error: unknown };

async function settle<Result>(attempt: () => Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { result: await attempt() };
  } catch (error) {
    return { error };
  }
}

function isRefusal(error: unknown): error is UpstreamError {
  return error instanceof UpstreamError && error.kind === "refused";
}

/** @throws the signal's reason */
async function pause(time: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, time);
  const leave = (): void => reject(signal.reason as Error);
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}

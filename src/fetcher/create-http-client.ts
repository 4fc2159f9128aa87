/** `httpClient()`: calls to another service as a dependency of the app; and the same for what is no app. */

import { setTimeout as sleep } from "node:timers/promises";
import { ApusError } from "../errors/apus-error.ts";
import { checkOptionNames } from "../errors/factory-options.ts";
import { dependency, type Dependency } from "../dependencies/dependency.ts";
import { readClientSettings, type ClientSettings } from "./client-settings.ts";
import { CookieStorage } from "./cookie-storage.ts";
import { buildTemplateUrl, encodePairs } from "./fill-template.ts";
import type { HttpClientOptions } from "./http-client-options.ts";
import { loadToughCookie, loadUndici } from "./load-undici.ts";
import type { UpstreamAnswer } from "./upstream-answer.ts";
import { UpstreamCaller, type PlannedCall } from "./upstream-caller.ts";
import type { HttpClient, HttpClientStats, StreamCall, UntrustedCall, UpstreamCall } from "./upstream-calls.ts";
import { UpstreamError } from "./upstream-error.ts";
import { UpstreamPool } from "./upstream-pool.ts";
import type { UpstreamStream } from "./upstream-stream.ts";

/**
 * A client of another service, that lives as long as the app: `use: { prices }`, `prices.get("/prices/{id}", …)`.
 * @throws ApusError APUS_BAD_OPTION or APUS_INVALID_HEADER; APUS_MISSING_PACKAGE when the app starts
 */
export function httpClient(options: HttpClientOptions): Dependency<HttpClient, { readonly scope: "app" }> {
  const settings = readClientSettings(options);
  return dependency({ scope: "app", name: settings.name }, async function* () {
    const client = await openClient(settings);
    try {
      yield client;
    } finally {
      await client.close();
    }
  }) as Dependency<HttpClient, { readonly scope: "app" }>;
}

/**
 * The same outside of an app: `await using client = await createHttpClient({ baseUrl })`.
 * @throws ApusError APUS_BAD_OPTION, APUS_INVALID_HEADER or APUS_MISSING_PACKAGE
 */
export async function createHttpClient(options: HttpClientOptions): Promise<HttpClient> {
  return openClient(readClientSettings(options));
}

async function openClient(settings: ClientSettings): Promise<HttpClient> {
  const pool = new UpstreamPool(await loadUndici(), settings);
  const cookies = settings.cookies ? new CookieStorage(await loadToughCookie()) : undefined;
  const client = new OpenHttpClient(settings, pool, new UpstreamCaller({ settings, pool, cookies }));
  return client as unknown as HttpClient;
}

const streamNames = [
  "path",
  "query",
  "headers",
  "signal",
  "timeouts",
  "retries",
  "maxBytes",
  "redirects",
  "json",
  "form",
  "body",
] satisfies readonly (keyof UpstreamCall)[];
const callNames = [...streamNames, "response", "none"];

type MethodCall = (path: string | URL, call?: UpstreamCall) => Promise<unknown>;

class OpenHttpClient {
  readonly name: string;
  readonly get: MethodCall = this.#createMethod("GET");
  readonly head: MethodCall = this.#createMethod("HEAD");
  readonly post: MethodCall = this.#createMethod("POST");
  readonly put: MethodCall = this.#createMethod("PUT");
  readonly patch: MethodCall = this.#createMethod("PATCH");
  readonly delete: MethodCall = this.#createMethod("DELETE");
  readonly query: MethodCall = this.#createMethod("QUERY");
  readonly #settings: ClientSettings;
  readonly #pool: UpstreamPool;
  readonly #caller: UpstreamCaller;
  #failures = 0;
  #closing: Promise<void> | undefined;

  constructor(settings: ClientSettings, pool: UpstreamPool, caller: UpstreamCaller) {
    this.name = settings.name;
    this.#settings = settings;
    this.#pool = pool;
    this.#caller = caller;
  }

  async stream(path: string | URL, { method = "GET", ...call }: StreamCall = {}): Promise<UpstreamStream> {
    checkOptionNames("client.stream", call, streamNames);
    return this.#counted(() => this.#caller.open(this.#plan(method, path, call)));
  }

  async fetchUntrusted(url: string | URL, { method = "GET", ...call }: UntrustedCall = {}): Promise<unknown> {
    checkOptionNames("client.fetchUntrusted", call, callNames);
    return this.#counted(() => this.#receive(this.#planUntrusted(method, url, call), call));
  }

  stats(): HttpClientStats {
    const { calls, retries, scopes } = this.#caller;
    return { calls, failures: this.#failures, retries, open: scopes.size, origins: this.#pool.stats() };
  }

  async check(signal?: AbortSignal): Promise<void> {
    const { base, check, name } = this.#settings;
    if (base === undefined) return;
    if (check === undefined) {
      const retryAfter = this.#pool.pauseOf({ url: base, isGuarded: false });
      if (retryAfter > 0) throw new UpstreamError("open", { upstream: name, retryAfter });
      return;
    }
    const answer = (await this.get(check, { retries: 0, ...(signal !== undefined && { signal }) })) as UpstreamAnswer;
    if (!answer.ok) throw answer.refuseStatus();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #createMethod(method: string): MethodCall {
    return async (path, call = {}) => {
      checkOptionNames(`client.${method.toLowerCase()}`, call, callNames);
      return this.#counted(() => this.#receive(this.#plan(method, path, call), call));
    };
  }

  async #counted<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof UpstreamError) this.#failures += 1;
      throw error;
    }
  }

  async #receive(planned: PlannedCall, { response, none = [] }: UpstreamCall): Promise<unknown> {
    const answer = await this.#caller.receive(planned);
    if (response === undefined) return answer;
    if (none.includes(answer.status)) return undefined;
    if (!answer.ok) throw answer.refuseStatus();
    return answer.json(response);
  }

  #plan(method: string, path: string | URL, settings: UpstreamCall): PlannedCall {
    const { base } = this.#settings;
    if (base === undefined) return this.#planUntrusted(method, path, settings);
    this.#checkOpen();
    const expectsJson = settings.response !== undefined;
    const refuse = (reason: string): UpstreamError => this.#pool.refuse("refused", new Error(reason));
    if (typeof path === "string") {
      const { path: values, query } = settings;
      const url = buildTemplateUrl(base, path, { path: values, query, refuse });
      return { method, url, settings, isUntrusted: false, expectsJson };
    }
    if (path.origin !== base.origin || path.username !== "" || path.password !== "") {
      throw this.#pool.refuse("redirect", new Error(`${path.origin} is another origin than that of the upstream.`));
    }
    const url = new URL(path);
    url.hash = "";
    return { method, url, settings, isUntrusted: false, expectsJson };
  }

  #planUntrusted(method: string, path: string | URL, settings: UpstreamCall): PlannedCall {
    this.#checkOpen();
    if (settings.path !== undefined) {
      throw new ApusError("APUS_BAD_OPTION", "The URL of a user is no template, so that it takes no path parameters.");
    }
    const url = URL.parse(String(path));
    if (url === null) throw this.#pool.refuse("refused", new Error("What was given is no whole URL."));
    url.hash = "";
    for (const [name, value] of encodePairs(settings.query ?? {})) url.searchParams.append(name, value);
    return { method, url, settings, isUntrusted: true, expectsJson: settings.response !== undefined };
  }

  #checkOpen(): void {
    if (this.#closing === undefined) return;
    throw this.#pool.refuse("closed", new Error("The client has been closed."));
  }

  async #close(): Promise<void> {
    const { scopes } = this.#caller;
    const end = performance.now() + this.#settings.grace;
    while (scopes.size > 0 && performance.now() < end) await sleep(10);
    for (const scope of scopes) scope.abort(this.#pool.refuse("closed", new Error("The client was closed.")));
    await this.#pool.destroy();
  }
}

/** One request's state on its way: its inputs, its tools, its route, and what is to be done after its answer. */

import { runAfterAnswer, type CurrentRequest } from "../http/current-request.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { StopNotice } from "../http/stop-notice.ts";
import type { HeaderLine } from "../http/http-response.ts";
import type { LogFields, Logger } from "../log/logger.ts";
import type { ParameterValues } from "../parameters/read-parameters.ts";
import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import type { BackgroundTask, HandlerTools } from "../dependencies/handler-tools.ts";
import { ResponseHead } from "../http/response-head.ts";

/** What a context is made of. */
export interface RequestContextInit {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly logger: Logger;
  /** Trace id of the W3C `traceparent`, when the client sent one. */
  readonly traceId: string | undefined;
  readonly stopNotice: StopNotice;
}

/** What happens after the answer; `failure` is why it could not be written to its end. */
export type Ending = (failure: unknown) => Promise<void>;

/** Background tasks of all requests that have not ended, and how many there may be. */
let waitingTasks = 0;
const maxWaitingTasks = 10_000;

const noLines: readonly HeaderLine[] = [];

export class RequestContext implements HandlerTools, CurrentRequest {
  request: HttpRequest;
  readonly requestId: string;
  /** Of the client's trace, or of one that is begun here before anybody asks. */
  traceId: string | undefined;
  /** For answers that would never end by themselves. */
  readonly stopNotice: StopNotice;
  /** Template of the matched route; undefined until one matched. */
  route: string | undefined = undefined;
  path: unknown = undefined;
  query: unknown = undefined;
  headers: unknown = undefined;
  cookies: unknown = undefined;
  body: unknown = undefined;
  form: unknown = undefined;
  files: unknown = undefined;
  /** The error that decided the answer, for the one log line. */
  failure: unknown = undefined;
  readonly #logger: Logger;
  #log: Logger | undefined;
  #response: ResponseHead | undefined;
  #headSent = false;
  // Most requests have neither: a list is made for the first one.
  #endings: Ending[] | undefined;
  #background: BackgroundTask[] | undefined;
  #isFinished = false;
  #failedWith: unknown;
  #heir: RequestContext | undefined;

  constructor(init: RequestContextInit) {
    this.request = init.request;
    this.requestId = init.requestId;
    this.traceId = init.traceId;
    this.stopNotice = init.stopNotice;
    this.#logger = init.logger;
  }

  get signal(): AbortSignal {
    return this.request.signal;
  }

  get log(): Logger {
    this.#log ??= this.#logger.child(this.logFields());
    return this.#log;
  }

  get background(): (task: BackgroundTask) => void {
    return (task) => {
      if (typeof task !== "function") throw new ApusError("APUS_BAD_OPTION", "background() was given no function.");
      if (waitingTasks >= maxWaitingTasks) {
        throw new HttpError(503, "Too much work is waiting.", { headers: { "retry-after": "1" } });
      }
      waitingTasks += 1;
      const last = this.#last();
      (last.#background ??= []).push(task);
      if (last.#isFinished) void last.end(last.#failedWith);
    };
  }

  get response(): ResponseHead {
    if (this.#response === undefined) {
      this.#response = new ResponseHead();
      if (this.#headSent) this.#response.close();
    }
    return this.#response;
  }

  /** The head, if anybody has touched it. */
  get touchedResponse(): ResponseHead | undefined {
    return this.#response;
  }

  /** Ends the time for changes to the head, and gives its lines. */
  closeResponse(): readonly HeaderLine[] {
    this.#headSent = true;
    return this.#response?.close() ?? noLines;
  }

  /** Forgets what the handler did to the head: an error's answer starts anew. */
  resetResponse(): void {
    this.#response?.close();
    this.#response = undefined;
    this.#headSent = false;
    waitingTasks -= this.#background?.length ?? 0;
    this.#background = undefined;
  }

  assign(values: ParameterValues): void {
    if ("path" in values) this.path = values.path;
    this.query = values.query;
    this.headers = values.headers;
    this.cookies = values.cookies;
  }

  /** Calls back after the last byte, or when the answer could not be written to its end; the last one given is the first. */
  onFinished(ending: Ending): void {
    const last = this.#last();
    (last.#endings ??= []).unshift(ending);
    if (last.#isFinished) void last.end(last.#failedWith);
  }

  /** Takes over what another context, of an app that is mounted, was to call or will be told to. */
  takeEndings(other: RequestContext): void {
    other.#heir = this;
    this.#endings = joinLists(other.#endings, this.#endings);
    this.#background = joinLists(this.#background, other.#background);
    other.#endings = undefined;
    other.#background = undefined;
  }

  /** The answer has left, or could not; what a handler that was too late adds from now on is done at once. Whether there is something to do. */
  finish(failure: unknown): boolean {
    this.#isFinished = true;
    this.#failedWith = failure;
    return this.#endings !== undefined || this.#background !== undefined;
  }

  /** Whether the answer has left, or could not: what is left of the request's body is forgotten then. */
  get isFinished(): boolean {
    return this.#last().#isFinished;
  }

  /** Background tasks, then clean-up. Never rejects: there is nobody left to answer. */
  end(failure: unknown): Promise<void> {
    return runAfterAnswer(this, () => this.#end(failure));
  }

  async #end(failure: unknown): Promise<void> {
    const tasks = this.#background ?? [];
    const endings = this.#endings ?? [];
    this.#background = undefined;
    this.#endings = undefined;
    for (const task of tasks) {
      await this.#attempt(task, "A background task failed");
      waitingTasks -= 1;
    }
    for (const ending of endings) {
      await this.#attempt(() => ending(failure), "The clean-up after a request failed");
    }
  }

  async #attempt(step: () => unknown, message: string): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.log.error(message, { error });
    }
  }

  /** The context of the whole request, which is another app's when this one is mounted. */
  #last(): RequestContext {
    return this.#heir === undefined ? this : this.#heir.#last();
  }

  logFields(): LogFields {
    const fields: Record<string, unknown> = { requestId: this.requestId, method: this.request.method };
    if (this.route !== undefined) fields["route"] = this.route;
    if (this.traceId !== undefined) fields["traceId"] = this.traceId;
    return fields;
  }
}

function joinLists<T>(first: T[] | undefined, second: T[] | undefined): T[] | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return [...first, ...second];
}

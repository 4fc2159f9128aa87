/** The journey of every request: context, middleware, match, route, error, log line; the framework's side of the engine seam. */

import { ClientGoneError } from "../errors/client-gone-error.ts";
import { HttpError, ValidationError } from "../errors/http-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse, ResponseBody } from "../http/http-response.ts";
import { chain, type MaybePromise } from "../http/maybe-promise.ts";
import { readRequestId } from "../http/request-id.ts";
import type { StopNotice } from "../http/stop-notice.ts";
import type { RequestHandler } from "../http/request-handler.ts";
import { requestChannel, runStep } from "../http/trace-channels.ts";
import { readTraceId } from "../http/trace-parent.ts";
import type { Logger } from "../log/logger.ts";
import { redactQuery } from "../log/redact.ts";
import { buildMiddlewareChain, type Answer, type Middleware } from "../middleware/middleware.ts";
import { currentRequest } from "../http/current-request.ts";
import type { OverdueWork } from "../operation/overdue-work.ts";
import { RequestContext } from "../operation/request-context.ts";
import { nearestTemplate } from "../routing/nearest-route.ts";
import type { Match, RouteTree } from "../routing/route-tree.ts";
import { answerError, clientGoneStatus } from "./answer-error.ts";
import { checkResponse } from "./check-response.ts";
import type { ErrorHandlerEntry } from "./error-handlers.ts";
import { recordFailure } from "./failure-watch.ts";
import type { RouteTarget } from "./route-target.ts";

export interface JourneyParts {
  readonly tree: RouteTree<RouteTarget>;
  readonly middleware: readonly Middleware[];
  readonly errorHandlers: readonly ErrorHandlerEntry[];
  readonly logger: Logger;
  /** Whether one line is logged for each request. */
  readonly logRequests: boolean;
  readonly stopNotice: StopNotice;
  /** Told of streams that are under way; undefined in production. */
  readonly overdueWork: OverdueWork | undefined;
  /** Templates that a 404 may point to; empty in production. */
  readonly suggestions: readonly string[];
}

export class RequestJourney implements RequestHandler {
  readonly #parts: JourneyParts;
  readonly #chain: Answer;
  readonly #endings = new Set<Promise<void>>();

  constructor(parts: JourneyParts) {
    this.#parts = parts;
    const scope = { levels: [parts.errorHandlers], operation: undefined };
    this.#chain = buildMiddlewareChain(
      parts.middleware,
      (request) => this.#answerMatched(request),
      (error) => answerError(currentRequest.getStore() as RequestContext, error, scope),
    );
  }

  handle(request: HttpRequest): MaybePromise<HttpResponse> {
    const started = performance.now();
    const context = new RequestContext({
      request,
      requestId: readRequestId(request.headers.get("x-request-id")),
      logger: this.#parts.logger,
      traceId: readTraceId(request.headers.get("traceparent")),
      stopNotice: this.#parts.stopNotice,
    });
    if (requestChannel.hasSubscribers) {
      return runStep(requestChannel, { current: context, run: () => this.#serve(context, started) });
    }
    return this.#serve(context, started);
  }

  #serve(context: RequestContext, started: number): MaybePromise<HttpResponse> {
    return chain(this.answer(context), (response) => this.#complete(context, response, started));
  }

  /** Resolves when background tasks and clean-up of every request are done, or after so many milliseconds; says how many are not. */
  async settled(deadline: number): Promise<number> {
    if (this.#endings.size === 0) return 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, deadline);
    await Promise.race([Promise.all(this.#endings), promise]);
    clearTimeout(timer);
    return this.#endings.size;
  }

  /** Everything between the context and the response; a mounting app calls it with a context of its own. Never throws or rejects. */
  answer(context: RequestContext): MaybePromise<HttpResponse> {
    return currentRequest.run(context, this.#chain, context.request);
  }

  #complete(context: RequestContext, response: HttpResponse, started: number): HttpResponse {
    const { status, headers, body, finished, upgrade } = checkResponse(context, response);
    if (status >= 500) recordFailure(context.requestId, context.failure);
    const left = isStream(body) ? this.#watchStream(context) : undefined;
    return {
      status,
      headers,
      body,
      upgrade,
      finished: (failure) => {
        left?.();
        this.#finish(context, { status, finished }, { started, failure });
      },
    };
  }

  /** A stream is work, too, until it has left; the returned function says that it has. */
  #watchStream(context: RequestContext): (() => void) | undefined {
    const { overdueWork } = this.#parts;
    if (overdueWork === undefined) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    overdueWork.watch(context, promise);
    return resolve;
  }

  /** Never throws: the engine has nobody to tell. */
  #finish(
    context: RequestContext,
    { status, finished }: Pick<HttpResponse, "status" | "finished">,
    end: { readonly started: number; readonly failure: unknown },
  ): void {
    let { failure } = end;
    try {
      finished?.(failure);
    } catch (error) {
      failure ??= error;
    }
    if (context.finish(failure)) this.#end(context, failure);
    try {
      this.#logRequest(context, status, { started: end.started, failure });
    } catch (error) {
      // A logger that fails can only be told of elsewhere.
      process.emitWarning(error instanceof Error ? error : String(error));
    }
  }

  #end(context: RequestContext, failure: unknown): void {
    const ending = currentRequest.run(context, () => context.end(failure));
    this.#endings.add(ending);
    void ending.then(() => this.#endings.delete(ending));
  }

  /** The innermost answer of the app's middleware; middleware may have changed the request. */
  #answerMatched(request: HttpRequest): MaybePromise<HttpResponse> {
    const context = currentRequest.getStore() as RequestContext;
    context.request = request;
    // Middleware may go on a second time: then the answer starts anew.
    context.resetResponse();
    let target: RouteTarget | undefined;
    try {
      const match = this.#parts.tree.match(request.method, request.path);
      if (match.kind !== "found") return this.#answerUnmatched(context, match);
      context.route = `${request.mountPath}${match.route.template.source}`;
      context.path = match.parameters;
      target = match.route.value;
      const answer = target.answer(context, match.rest);
      return answer instanceof Promise
        ? answer.catch((error: unknown) => this.#answerError(context, error, target))
        : answer;
    } catch (error) {
      return this.#answerError(context, error, target);
    }
  }

  #answerError(context: RequestContext, error: unknown, target: RouteTarget | undefined): Promise<HttpResponse> {
    const levels = [...(target?.errorLevels ?? []), this.#parts.errorHandlers];
    return answerError(context, error, { levels, operation: undefined });
  }

  #answerUnmatched(context: RequestContext, match: Exclude<Match<RouteTarget>, { kind: "found" }>): HttpResponse {
    const { request } = context;
    if (request.path === "*") return { status: 204, headers: [], body: null };
    switch (match.kind) {
      case "misfit":
        context.route = `${request.mountPath}${match.route.template.source}`;
        throw new ValidationError(match.issues);
      case "malformed":
        throw new HttpError(400, { detail: "The path is not valid percent-encoded UTF-8." });
      case "method-not-allowed": {
        const headers = { allow: match.allow.join(", ") };
        if (request.method === "OPTIONS") return { status: 204, headers: [["allow", headers.allow]], body: null };
        throw new HttpError(405, { detail: `This path answers ${headers.allow}.` }, { headers });
      }
      case "not-found":
        throw new HttpError(404, this.#buildNotFound(request.path));
    }
  }

  #buildNotFound(path: string): { readonly detail: string } {
    const nearest = nearestTemplate(this.#parts.suggestions, path);
    return {
      detail: nearest === undefined ? "No route has this path." : `No route has this path; the nearest is ${nearest}.`,
    };
  }

  #logRequest(
    context: RequestContext,
    status: number,
    { started, failure }: { started: number; failure: unknown },
  ): void {
    const { request } = context;
    const gone = status === clientGoneStatus || isDeparture(failure, context);
    const unsent = gone ? undefined : failure;
    const error = status >= 500 ? (context.failure ?? unsent) : unsent;
    if (error === undefined && !this.#parts.logRequests) return;
    const query = request.query === "" ? "" : `?${redactQuery(request.query)}`;
    const duration = Math.round((performance.now() - started) * 1000) / 1000;
    const fields = {
      ...context.logFields(),
      status,
      duration,
      ...(gone && { clientGone: true }),
      ...(error !== undefined && { error }),
    };
    const message = `${request.method} ${request.mountPath}${request.path}${query} ${status}`;
    if (error === undefined) this.#parts.logger.info(message, fields);
    else this.#parts.logger.error(message, fields);
  }
}

function isStream(body: ResponseBody): boolean {
  return typeof body === "object" && body !== null && !(body instanceof Uint8Array);
}

/** The answer was cut because the client has gone, or by what stopped because of it. */
function isDeparture(failure: unknown, context: RequestContext): boolean {
  if (failure === undefined || failure instanceof ClientGoneError) return failure !== undefined;
  const { aborted, reason } = context.signal;
  // A time limit fires the signal, too.
  if (!aborted || reason instanceof HttpError) return false;
  return failure === reason || (failure instanceof Error && failure.name === "AbortError");
}

/** Makes spans of what the channels tell: one for each request, and below it one for each of its steps. */

import type { Context, Span, SpanOptions, TextMapSetter, Tracer } from "@opentelemetry/api";
import { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { chain, type MaybePromise } from "../http/maybe-promise.ts";
import {
  dependencyChannel,
  fetchChannel,
  handlerChannel,
  offloadChannel,
  requestChannel,
  serializationChannel,
  sqlChannel,
  type FetchStep,
  type OffloadStep,
  type OperationStep,
  type RequestStep,
  type SqlStep,
  type TraceChannel,
  type TracedStep,
} from "../http/trace-channels.ts";
import type { OpenTelemetry } from "./load-open-telemetry.ts";
import { nameStatement } from "./redact-statement.ts";
import { nameMethod } from "./request-watch.ts";
import { describeFetch, describeRequest, describeStatement } from "./span-attributes.ts";
import { encodeTraceParent, readParent } from "./trace-header.ts";

/** Begins to make spans; the returned function ends it. */
export function recordTraces(api: OpenTelemetry): () => void {
  const recorder = new TraceRecorder(api);
  const stops = [
    follow(requestChannel, (step) => recorder.traceRequest(step)),
    follow(dependencyChannel, (step) => recorder.traceStep(step, `dependency ${step.name}`.trimEnd(), locate(step))),
    follow(handlerChannel, (step) => recorder.traceStep(step, "handler", locateOperation(step))),
    follow(serializationChannel, (step) => recorder.traceStep(step, "serialize", locateOperation(step))),
    follow(sqlChannel, (step) => recorder.traceStatement(step)),
    follow(fetchChannel, (step) => recorder.traceFetch(step)),
    follow(offloadChannel, (step) => recorder.traceOffload(step)),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function follow<Step extends TracedStep>(from: TraceChannel<Step>, listen: (step: Step) => void): () => void {
  from.subscribe(listen);
  return () => from.unsubscribe(listen);
}

function locate({ declaredAt }: { readonly declaredAt: string }): SpanOptions {
  return { attributes: { "apus.declared_at": declaredAt } };
}

function locateOperation({ method, route, declaredAt }: OperationStep): SpanOptions {
  return { attributes: { "http.request.method": method, "http.route": route, "apus.declared_at": declaredAt } };
}

const setter: TextMapSetter<Record<string, unknown>> = {
  set(headers, name, value) {
    headers[name.toLowerCase()] ??= value;
  },
};

class TraceRecorder {
  readonly #api: OpenTelemetry;
  readonly #tracer: Tracer;

  constructor(api: OpenTelemetry) {
    this.#api = api;
    this.#tracer = api.trace.getTracer("apus");
  }

  traceRequest(step: RequestStep): void {
    const { run, current } = step;
    const { request } = current;
    const method = nameMethod(request.method);
    const name = method === "_OTHER" ? "HTTP" : method;
    step.run = () => {
      const parent = readParent(this.#api, request.headers);
      const options = { kind: this.#api.SpanKind.SERVER, attributes: describeRequest(request) };
      const span = this.#tracer.startSpan(name, options, parent);
      const { traceId } = span.spanContext();
      if (this.#api.isValidTraceId(traceId)) current.traceId = traceId;
      const within = this.#api.trace.setSpan(parent, span);
      const end = (status: number, failure: unknown): void => {
        if (current.route !== undefined) span.updateName(`${name} ${current.route}`);
        this.#endRequest(span, current, { status, failure });
      };
      return this.#api.context.with(within, (): MaybePromise<HttpResponse> =>
        chain(run(), (response) => this.#follow(response, within, end)),
      );
    };
  }

  traceStatement(step: SqlStep): void {
    const operation = nameStatement(step.text);
    const options = { kind: this.#api.SpanKind.CLIENT, attributes: describeStatement(step, operation) };
    this.traceStep(step, operation, options);
  }

  traceFetch(step: FetchStep): void {
    const { run } = step;
    const { method, headers } = step;
    const options = { kind: this.#api.SpanKind.CLIENT, attributes: describeFetch(step) };
    step.run = () =>
      this.#record(nameMethod(method), options, (span, within) => {
        if (step.propagates) this.#propagate(span, within, headers);
        return run().then((answer) => {
          span.setAttribute("http.response.status_code", answer.status);
          if (answer.status >= 400) this.#markStatus(span, answer.status);
          return answer;
        });
      });
  }

  traceOffload(step: OffloadStep): void {
    const { run, name } = step;
    step.run = () =>
      this.#record(`offload ${name}`, { attributes: { "code.function.name": name } }, (span) => {
        if (this.#api.isSpanContextValid(span.spanContext())) step.traceparent = encodeTraceParent(span.spanContext());
        return run();
      });
  }

  /** The span of a step that nothing more is known of. */
  traceStep(step: TracedStep, name: string, options: SpanOptions): void {
    const { run } = step;
    step.run = () => this.#record(name, options, run);
  }

  /** Background tasks and clean-up belong to the trace, too, but not to the time of the request. */
  #follow(response: HttpResponse, within: Context, end: (status: number, failure: unknown) => void): HttpResponse {
    return {
      ...response,
      finished: (failure) => {
        this.#api.context.with(within, () => response.finished?.(failure));
        end(response.status, failure);
      },
    };
  }

  #endRequest(
    span: Span,
    { route, failure: error }: RequestStep["current"],
    { status, failure }: { readonly status: number; readonly failure: unknown },
  ): void {
    span.setAttribute("http.response.status_code", status);
    if (route !== undefined) span.setAttribute("http.route", route);
    if (status >= 500) {
      if (error !== undefined) span.recordException(toException(error));
      this.#markStatus(span, status);
    } else if (failure !== undefined) {
      // The head was sent, and then the client left or the stream broke off.
      span.setAttribute("error.type", nameError(failure));
    }
    span.end();
  }

  #markStatus(span: Span, status: number): void {
    span.setAttribute("error.type", String(status));
    span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
  }

  /** `traceparent` as W3C has it, then what the registered propagators add. */
  #propagate(span: Span, within: Context, headers: Record<string, unknown>): void {
    const own = span.spanContext();
    if (!this.#api.isSpanContextValid(own)) return;
    headers["traceparent"] = encodeTraceParent(own);
    const state = own.traceState?.serialize() ?? "";
    if (state !== "") headers["tracestate"] = state;
    this.#api.propagation.inject(within, headers, setter);
  }

  #record<Result>(name: string, options: SpanOptions, run: (span: Span, within: Context) => Result): Result {
    const parent = this.#api.context.active();
    const span = this.#tracer.startSpan(name, options, parent);
    const within = this.#api.trace.setSpan(parent, span);
    try {
      const result = this.#api.context.with(within, () => run(span, within));
      if (result instanceof Promise) {
        result.then(
          () => span.end(),
          (error: unknown) => this.#fail(span, error),
        );
      } else span.end();
      return result;
    } catch (error) {
      this.#fail(span, error);
      throw error;
    }
  }

  /** A refusal, such as a 404, is no error of the step. */
  #fail(span: Span, error: unknown): void {
    span.setAttribute("error.type", nameError(error));
    if (!(error instanceof HttpError && error.status < 500)) {
      span.recordException(toException(error));
      span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
    }
    span.end();
  }
}

function nameError(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

function toException(error: unknown): Error | string {
  return error instanceof Error ? error : String(error);
}

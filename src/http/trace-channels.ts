/** What happens to a request, step by step, as typed channels of `node:diagnostics_channel`; nothing is made for them while nobody listens. */

import { channel } from "node:diagnostics_channel";
import type { CurrentRequest } from "./current-request.ts";
import type { HttpResponse } from "./http-response.ts";
import type { MaybePromise } from "./maybe-promise.ts";

/** A step that is about to be done. A subscriber may put a function around `run`; it must give the same result. */
export interface TracedStep<Result = unknown> {
  run: () => Result;
}

/** A whole request; its response's `finished` is called after the last byte. */
export interface RequestStep extends TracedStep<MaybePromise<HttpResponse>> {
  readonly current: CurrentRequest & { traceId: string | undefined; readonly failure: unknown };
}

/** A dependency's function, to its value. */
export interface DependencyStep extends TracedStep {
  readonly name: string;
  readonly declaredAt: string;
}

/** A handler, or what makes a response of the value that it gave. */
export interface OperationStep extends TracedStep {
  readonly method: string;
  readonly route: string;
  readonly declaredAt: string;
}

/** One statement, with the wait for its connection. */
export interface SqlStep extends TracedStep<Promise<unknown>> {
  readonly dialect: "postgres" | "sqlite";
  /** Without its parameters; values that were written into the text are in it. */
  readonly text: string;
}

/** One request to another service, to the head of its answer: each attempt and each redirect is one. */
export interface FetchStep extends TracedStep<Promise<{ readonly status: number }>> {
  readonly method: string;
  readonly url: URL;
  /** What is sent; a subscriber may add fields where `propagates` is true. */
  readonly headers: Record<string, string | readonly string[]>;
  /** Whether the other side may know of the trace. */
  readonly propagates: boolean;
}

/** One call of an offloaded function, to its result or the first item of its stream. */
export interface OffloadStep extends TracedStep<Promise<unknown>> {
  readonly name: string;
  /** The W3C `traceparent` for the worker; a subscriber may set it. */
  traceparent: string | undefined;
}

/** A channel whose messages are steps of one kind. */
export interface TraceChannel<Step extends TracedStep> {
  readonly hasSubscribers: boolean;
  publish(step: Step): void;
  subscribe(listen: (step: Step) => void): void;
  unsubscribe(listen: (step: Step) => void): void;
}

function openChannel<Step extends TracedStep>(name: string): TraceChannel<Step> {
  return channel(name) as unknown as TraceChannel<Step>;
}

export const requestChannel: TraceChannel<RequestStep> = openChannel("apus:request");
export const dependencyChannel: TraceChannel<DependencyStep> = openChannel("apus:dependency");
export const handlerChannel: TraceChannel<OperationStep> = openChannel("apus:handler");
export const serializationChannel: TraceChannel<OperationStep> = openChannel("apus:serialization");
export const sqlChannel: TraceChannel<SqlStep> = openChannel("apus:sql");
export const fetchChannel: TraceChannel<FetchStep> = openChannel("apus:fetch");
export const offloadChannel: TraceChannel<OffloadStep> = openChannel("apus:offload");

/** Tells of a step, then does it as the subscribers have left it. To be asked for only when there are subscribers. */
export function runStep<Step extends TracedStep>(to: TraceChannel<Step>, step: Step): ReturnType<Step["run"]> {
  to.publish(step);
  return step.run() as ReturnType<Step["run"]>;
}

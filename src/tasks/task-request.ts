/** What stands for the request while a task runs: its signal and deadline reach SQL, outgoing calls and workers. */

import { ApusError } from "../errors/apus-error.ts";
import type { CurrentRequest } from "../http/current-request.ts";
import type { HttpRequest, RequestBody, RequestHeaders } from "../http/http-request.ts";
import { readTraceId } from "../http/trace-parent.ts";
import type { Logger } from "../log/logger.ts";
import type { TaskContext } from "./task-record.ts";

export interface TaskRequestInit {
  readonly id: string;
  readonly task: string;
  readonly signal: AbortSignal;
  /** In the milliseconds of `performance.now()`. */
  readonly deadline: number | undefined;
  readonly context: TaskContext;
  readonly log: Logger;
}

/** The log is for rejections that nobody awaits: they are told with the task that they belong to. */
export type CurrentTask = CurrentRequest & { readonly log: Logger };

const noBody: RequestBody = {
  length: 0,
  stream: async function* () {},
  bytes: () => new Uint8Array(),
};

/** Carries the trace of the request that enqueued the task, and nothing else of it. */
export function buildTaskRequest({ id, task, signal, deadline, context, log }: TaskRequestInit): CurrentTask {
  const { traceparent, requestId = id } = context;
  const lines = traceparent === undefined ? [] : [["traceparent", traceparent] as const];
  const request: HttpRequest = {
    method: "TASK",
    path: "/",
    query: "",
    headers: buildHeaders([...lines, ["x-request-id", requestId]]),
    body: noBody,
    scheme: "task",
    remoteAddress: "",
    mountPath: "",
    signal,
    deadline,
  };
  return { request, requestId, traceId: readTraceId(traceparent), route: `task ${task}`, log };
}

function buildHeaders(lines: readonly (readonly [string, string])[]): RequestHeaders {
  const fields = new Map(lines);
  return {
    get: (name) => fields.get(name),
    all: (name) => lines.flatMap(([own, value]) => (own === name ? [value] : [])),
    entries: () => lines,
  };
}

const harmless: ReadonlySet<unknown> = new Set(["signal", "deadline"]);

/** The same for dependencies: whoever reads of a request what a task does not have is told so. */
export function guardRequest(request: HttpRequest, where: string): HttpRequest {
  return new Proxy(request, {
    get: (target, name) => {
      if (harmless.has(name)) return Reflect.get(target, name) as unknown;
      const remedy = "give the task what it needs in its input";
      const message = `${where}: a dependency reads request.${String(name)}, and a task has no request: ${remedy}.`;
      throw new ApusError("APUS_DEPENDENCY_SCOPE", message);
    },
  });
}

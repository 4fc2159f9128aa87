/** What is known of one task that was enqueued: as a store keeps it, and as it is shown. */

/**
 * "queued": waits for its time or a free slot. "waiting": waits for other tasks. "running". "done".
 * "dead": failed for good, and can be replayed. "cancelled". "expired": was not begun in time.
 */
export type TaskState = "queued" | "waiting" | "running" | "done" | "dead" | "cancelled" | "expired";

/** Every state there is. */
export const taskStates: readonly TaskState[] = [
  "queued",
  "waiting",
  "running",
  "done",
  "dead",
  "cancelled",
  "expired",
];

const finalStates: ReadonlySet<TaskState> = new Set(["done", "dead", "cancelled", "expired"]);

/** Whether nothing happens to it any more unless somebody asks for it. */
export function isFinal(state: TaskState): boolean {
  return finalStates.has(state);
}

/** Why one attempt came to nothing. */
export interface TaskFailure {
  /** From 1. */
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Whether nobody knows how far it came: its process was lost. */
  readonly lost?: boolean;
}

/** Failures that are kept of one task: the last ones. */
export const keptFailures = 10;

interface TaskFacts {
  readonly id: string;
  /** The name given to `task()`. */
  readonly task: string;
  readonly queue: string;
  readonly state: TaskState;
  /** Higher ones run first. */
  readonly priority: number;
  /** Attempts that have failed. */
  readonly failures: number;
  /** How many may fail without it being dead. */
  readonly retries: number;
  /** The last failures, oldest first. */
  readonly errors: readonly TaskFailure[];
  /** Whether it runs and was asked to stop. */
  readonly isCancelling: boolean;
  /** Milliseconds since 1970, as all times here. */
  readonly enqueuedAt: number;
  /** When it runs at the earliest. */
  readonly dueAt: number;
  /** When the last attempt began. */
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** When it is too late to begin. */
  readonly expiresAt: number | undefined;
}

/** As stores give it: values are JSON texts. */
export interface StoredTask extends TaskFacts {
  readonly input: string;
  readonly result: string | undefined;
  readonly progress: string | undefined;
  readonly context: string | undefined;
}

/** A task that was enqueued, as it is now. */
export interface TaskRecord extends TaskFacts {
  readonly input: unknown;
  /** What the handler returned; undefined unless it is done. */
  readonly result: unknown;
  /** What was told last by `progress()`. */
  readonly progress: unknown;
  /** Id of the request that enqueued it. */
  readonly requestId: string | undefined;
}

/** What a task keeps of the request that enqueued it. */
export interface TaskContext {
  readonly requestId?: string;
  /** W3C trace context. */
  readonly traceparent?: string;
}

export function parseContext(text: string | undefined): TaskContext {
  return text === undefined ? {} : (JSON.parse(text) as TaskContext);
}

/** The input of a task that was given none. */
export const noInput = "";

/** The value of a JSON text; undefined for none. */
export function parseJson(text: string | undefined): unknown {
  return text === undefined || text === noInput ? undefined : (JSON.parse(text) as unknown);
}

export function readRecord({ context, input, result, progress, ...facts }: StoredTask): TaskRecord {
  const { requestId } = parseContext(context);
  const values = { input: parseJson(input), result: parseJson(result), progress: parseJson(progress) };
  return { ...facts, ...values, requestId };
}

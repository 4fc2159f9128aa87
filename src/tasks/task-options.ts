/** Everything that a task may declare, and what that comes to in numbers. */

import { CheckedOptions, longestTime } from "../errors/checked-options.ts";
import type { Uses } from "../dependencies/dependency.ts";
import type { AnySchema, InferInput } from "../schema/standard-schema.ts";
import type { ModuleMeta } from "../workers/registration.ts";
import { parseDuration, type Duration } from "./duration.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint: a class of any arguments
export type ErrorKind = abstract new (...given: any) => Error;

/** A function that says yes or no, or classes of errors. */
export type ErrorChoice = ((error: unknown) => boolean) | readonly ErrorKind[];

/** How long to wait before a task runs again. */
export interface BackoffOptions {
  /** Before the second attempt at most; "1s" by default. */
  readonly first?: Duration;
  /** From one attempt to the next; 2 by default. */
  readonly factor?: number;
  /** Never more than this; "1h" by default. */
  readonly most?: Duration;
  /** Full jitter: anything from 0 to that time. True by default. */
  readonly jitter?: boolean;
}

/** At most `limit` starts within any `per`, in all processes together. */
export interface RateOptions {
  readonly limit: number;
  readonly per: Duration;
}

export interface TaskOptions<
  In = AnySchema | undefined,
  Out = AnySchema | undefined,
  Used = Uses,
  Cpu = ModuleMeta | undefined,
> {
  /** What it is given: JSON that fits when it is enqueued, and again when it runs. */
  readonly input?: In;
  /** What it gives. */
  readonly output?: Out;
  /** Dependencies, whose values the handler is given by these names. */
  readonly use?: Used;
  /** How often it runs again after a failure, or after its process was lost; 3 by default. */
  readonly retries?: number;
  /** Exponential with full jitter by default; or a function of the attempt that failed, from 1. */
  readonly backoff?: BackoffOptions | ((attempt: number, error: unknown) => Duration);
  /** Only such errors are worth another attempt. */
  readonly retryOn?: ErrorChoice;
  /** Such errors are not. */
  readonly giveUpOn?: ErrorChoice;
  /** How long one attempt may take, then its `signal` fires and it has failed; "5m" by default, false for no limit. */
  readonly timeout?: Duration | false;
  /** Runs at a time in one process; as many as the queue allows by default. */
  readonly concurrency?: number;
  /** What its runs are about: of one key at most `perKey` run at a time, in all processes together. */
  readonly key?: (input: InferInput<In>) => string;
  /** 1 by default. */
  readonly perKey?: number;
  readonly rate?: RateOptions;
  /** When it was not begun so long after it was due, it never is. */
  readonly expires?: Duration;
  /** How long it is kept after its end: "7d", dead ones "30d". */
  readonly keep?: Duration | { readonly done?: Duration; readonly dead?: Duration };
  /** "default" by default. */
  readonly queue?: string;
  /** Higher ones run first; 0 by default. */
  readonly priority?: number;
  /** `import.meta`: the handler runs in a worker thread, which is ended when its time is up. */
  readonly cpu?: Cpu;
}

/** Options as numbers of milliseconds and functions. */
export interface TaskSettings {
  readonly queue: string;
  readonly priority: number;
  readonly retries: number;
  readonly delayAfter: (attempt: number, error: unknown) => number;
  readonly isWorthRetrying: (error: unknown) => boolean;
  readonly timeout: number | undefined;
  readonly concurrency: number;
  readonly keyOf: ((input: never) => string) | undefined;
  readonly perKey: number;
  readonly rate: { readonly limit: number; readonly per: number } | undefined;
  readonly expires: number | undefined;
  readonly keep: number;
  readonly keepDead: number;
}

const optionNames = [
  "input",
  "output",
  "use",
  "retries",
  "backoff",
  "retryOn",
  "giveUpOn",
  "timeout",
  "concurrency",
  "key",
  "perKey",
  "rate",
  "expires",
  "keep",
  "queue",
  "priority",
  "cpu",
] as const satisfies readonly (keyof TaskOptions)[];

/** @throws ApusError APUS_BAD_OPTION */
export function readTaskOptions(options: TaskOptions): TaskSettings {
  const check = new CheckedOptions("task", options, optionNames);
  check.whole("retries", 0, 1_000);
  check.whole("concurrency", 1);
  check.whole("perKey", 1);
  check.whole("priority", -1_000_000, 1_000_000);
  check.kind("key", "function");
  const {
    queue = "default",
    priority = 0,
    retries = 3,
    concurrency = Number.MAX_SAFE_INTEGER,
    key,
    perKey = 1,
  } = options;
  if (typeof queue !== "string" || queue === "" || queue === "*") check.refuse("queue", `a name other than "*"`);
  if (options.perKey !== undefined && key === undefined) check.refuse("perKey", "given together with key");
  const { expires } = options;
  return {
    queue,
    priority,
    retries,
    concurrency,
    perKey,
    keyOf: key as TaskSettings["keyOf"],
    delayAfter: readBackoff(options, check),
    isWorthRetrying: readErrorChoices(options, check),
    timeout: readTimeout(options, check),
    rate: readRate(options, check),
    expires: expires === undefined ? undefined : parseDuration("task({ expires })", expires),
    ...readKeep(options),
  };
}

function readTimeout({ timeout = "5m" }: TaskOptions, check: CheckedOptions): number | undefined {
  if (timeout === false) return undefined;
  const milliseconds = parseDuration("task({ timeout })", timeout);
  if (milliseconds < 1 || milliseconds > longestTime) check.refuse("timeout", "from 1 ms to 24 days, or false");
  return milliseconds;
}

function readRate({ rate }: TaskOptions, check: CheckedOptions): TaskSettings["rate"] {
  if (rate === undefined) return undefined;
  const { limit, per } = (rate ?? {}) as Partial<RateOptions>;
  if (!Number.isSafeInteger(limit) || Number(limit) < 1) check.refuse("rate", `such as { limit: 10, per: "1s" }`);
  const milliseconds = parseDuration("task({ rate: { per } })", per);
  if (milliseconds < 1) check.refuse("rate", "of at least a millisecond");
  return { limit: Number(limit), per: milliseconds };
}

function readKeep({ keep = {} }: TaskOptions): { readonly keep: number; readonly keepDead: number } {
  const given = typeof keep === "object" && keep !== null ? keep : { done: keep, dead: keep };
  const { done = "7d", dead = "30d" } = given;
  return { keep: parseDuration("task({ keep })", done), keepDead: parseDuration("task({ keep })", dead) };
}

function readBackoff({ backoff = {} }: TaskOptions, check: CheckedOptions): TaskSettings["delayAfter"] {
  if (typeof backoff === "function") {
    return (attempt, error) => parseDuration("What backoff() returned", backoff(attempt, error));
  }
  if (typeof backoff !== "object" || backoff === null) check.refuse("backoff", "an object or a function");
  const { first = "1s", factor = 2, most = "1h", jitter = true } = backoff;
  new CheckedOptions("backoff", backoff, ["first", "factor", "most", "jitter"]).kind("jitter", "boolean");
  if (!(factor >= 1)) check.refuse("backoff", "with a factor of 1 or more");
  const start = parseDuration("task({ backoff: { first } })", first);
  const end = parseDuration("task({ backoff: { most } })", most);
  return (attempt) => {
    const delay = Math.min(end, start * factor ** Math.min(attempt - 1, 1_000));
    return Math.round(jitter ? Math.random() * delay : delay);
  };
}

function readErrorChoices({ retryOn, giveUpOn }: TaskOptions, check: CheckedOptions): TaskSettings["isWorthRetrying"] {
  const isWorth = retryOn === undefined ? () => true : readChoice("retryOn", retryOn, check);
  const isHopeless = giveUpOn === undefined ? () => false : readChoice("giveUpOn", giveUpOn, check);
  return (error) => isWorth(error) && !isHopeless(error);
}

function readChoice(name: string, choice: ErrorChoice, check: CheckedOptions): (error: unknown) => boolean {
  if (Array.isArray(choice) && choice.every((kind) => typeof kind === "function")) {
    return (error) => choice.some((kind: ErrorKind) => error instanceof kind);
  }
  if (typeof choice !== "function") check.refuse(name, "a function, or a list of error classes");
  return choice;
}

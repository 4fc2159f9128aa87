/** What one enqueueing may say beside the input. */

import { CheckedOptions } from "../errors/checked-options.ts";
import { refuseOption } from "../errors/factory-options.ts";
import { parseDuration, type Duration } from "./duration.ts";
import type { TaskSession, UniqueRule } from "./task-store.ts";

/** A key of which there is one task at a time. */
export interface UniqueOptions {
  readonly key: string;
  /** "reject": so long after the enqueueing it is still the same. "debounce" (needed): how long it must be quiet. */
  readonly window?: Duration;
  /**
   * "reject" (the default): the handle is that of the task that is queued, or runs, already.
   * "replace": what is queued gets the new input and time.
   * "debounce": the same, and it waits again for `window`.
   */
  readonly when?: "reject" | "replace" | "debounce";
}

export interface EnqueueOptions {
  /** How long it waits at least. */
  readonly delay?: Duration;
  /** When it runs at the earliest. */
  readonly at?: Date | number | string;
  readonly unique?: string | UniqueOptions;
  /** Higher ones run first; the task's own by default. */
  readonly priority?: number;
  /** A transaction: the task exists if and only if it is committed. */
  readonly within?: TaskSession;
}

export interface EnqueueSettings {
  readonly dueAt: number;
  readonly priority: number | undefined;
  readonly unique: UniqueRule | undefined;
  readonly within: TaskSession | undefined;
}

/** @throws ApusError APUS_BAD_OPTION */
export function readEnqueueOptions(task: string, options: EnqueueOptions, now: number): EnqueueSettings {
  const check = new CheckedOptions("enqueue", options, ["delay", "at", "unique", "priority", "within"]);
  check.whole("priority", -1_000_000, 1_000_000);
  check.methods("within", ["execute"]);
  const { delay, at, unique, priority, within } = options;
  if (delay !== undefined && at !== undefined) check.refuse("at", "left out when delay is given");
  const rule = unique === undefined ? undefined : readUnique(task, unique);
  if (rule?.when === "debounce") {
    if (delay !== undefined || at !== undefined) check.refuse("unique", "without delay and at when it debounces");
    return { dueAt: now + rule.window, priority, unique: rule, within };
  }
  const dueAt =
    at === undefined ? now + (delay === undefined ? 0 : parseDuration("enqueue({ delay })", delay)) : readTime(at);
  return { dueAt, priority, unique: rule, within };
}

function readTime(at: Date | number | string): number {
  const time = new Date(at).getTime();
  if (Number.isNaN(time)) throw refuseOption("enqueue({ at })", at, "a date");
  return time;
}

function readUnique(task: string, unique: string | UniqueOptions): UniqueRule {
  const given = typeof unique === "string" ? { key: unique } : unique;
  const check = new CheckedOptions("unique", given, ["key", "window", "when"]);
  check.oneOf("when", ["reject", "replace", "debounce"]);
  const { key, window, when = "reject" } = given;
  if (typeof key !== "string" || key === "") check.refuse("key", "a text that is not empty");
  if (when === "debounce" && window === undefined) check.refuse("window", `such as "10s": how long it must be quiet`);
  if (when === "replace" && window !== undefined) check.refuse("window", "left out: only what is queued is replaced");
  const milliseconds = window === undefined ? 0 : parseDuration("enqueue({ unique: { window } })", window);
  return { key: `${task}\n${key}`, when, window: milliseconds };
}

/** Flows: tasks that wait for each other, written as data: one after the other, side by side, and one after many. */

import { ApusError } from "../errors/apus-error.ts";
import type { TaskHandle } from "./task-handle.ts";
import type { FlowStep, NamedTask } from "./flow-step.ts";
import { findQueue } from "./task-bindings.ts";

/** Parts one after the other: each begins when the one before is done. */
export interface Chain<Output = unknown> {
  readonly kind: "chain";
  readonly parts: readonly FlowPart[];
  /** The handle of the last step. @throws as `enqueue()` of a task */
  enqueue(): Promise<TaskHandle<Output>>;
}

/** Parts side by side. */
export interface Group<Output = unknown> {
  readonly kind: "group";
  readonly parts: readonly FlowPart[];
  /** The handles of the last steps of each part. @throws as `enqueue()` of a task */
  enqueue(): Promise<readonly TaskHandle<Output>[]>;
}

export type FlowPart = FlowStep | Chain | Group;

/** What a flow needs of a queue. */
export interface FlowEnqueuer {
  enqueueFlow(part: FlowPart): Promise<readonly TaskHandle[]>;
}

type OutputOf<Part> = Part extends FlowStep<infer Output> | Chain<infer Output> | Group<infer Output>
  ? Output
  : unknown;

/** One after the other, the result of each given to the next; the last part is one step. @throws ApusError APUS_BAD_OPTION */
export function chain<const Parts extends readonly [FlowPart, ...FlowPart[]]>(
  ...parts: Parts
): Chain<Parts extends readonly [...FlowPart[], infer Last] ? OutputOf<Last> : unknown> {
  checkParts("chain", parts);
  const last = parts.at(-1);
  if (last?.kind === "group") {
    const remedy = "end with a step that is given their results, or use group() alone";
    throw new ApusError("APUS_BAD_OPTION", `chain() ends with a group, so it has no one result: ${remedy}.`);
  }
  const own: Chain = { kind: "chain", parts, enqueue: async () => (await enqueueFlow(own))[0] as TaskHandle };
  return Object.freeze(own) as Chain<never>;
}

/** Side by side. @throws ApusError APUS_BAD_OPTION */
export function group<Output>(...parts: readonly (FlowStep<Output> | Chain<Output>)[]): Group<Output> {
  checkParts("group", parts);
  const own: Group = { kind: "group", parts, enqueue: () => enqueueFlow(own) };
  return Object.freeze(own) as Group<Output>;
}

/** Parts side by side, and a step that is given the list of their results. @throws ApusError APUS_BAD_OPTION */
export function chord<Output>(parts: readonly (FlowStep | Chain)[], last: FlowStep<Output>): Chain<Output> {
  return chain(group(...parts), last);
}

function checkParts(name: string, parts: readonly unknown[]): void {
  const kinds: readonly unknown[] = ["step", "chain", "group"];
  if (parts.length > 0 && parts.every((part) => kinds.includes((part as Partial<FlowPart> | null)?.kind))) return;
  const message = `${name}() needs steps, such as ${name}(fetchPage.step({ url }), parsePage.step()).`;
  throw new ApusError("APUS_BAD_OPTION", message);
}

function enqueueFlow(part: FlowPart): Promise<readonly TaskHandle[]> {
  return (findQueue(firstTask(part)) as FlowEnqueuer).enqueueFlow(part);
}

function firstTask(part: FlowPart): NamedTask {
  return part.kind === "step" ? part.task : firstTask(part.parts[0] as FlowPart);
}

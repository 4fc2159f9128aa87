/** From a flow to the tasks that a store is given: each with the ids of those it comes after. */

import type { FlowPart } from "./flow.ts";
import type { FlowStep } from "./flow-step.ts";
import type { Claim, NewTask } from "./task-store.ts";
import { parseJson } from "./task-record.ts";

/** A step as a task, without what it waits for. */
export type BuildStep = (step: FlowStep, isGivenResults: boolean) => Promise<NewTask>;

/** The steps that a part of a flow ends with. */
interface FlowEnds {
  readonly ids: readonly string[];
  /** Whether they are side by side: what comes next is given a list, even of one. */
  readonly isList: boolean;
}

export interface PlacedFlow {
  /** Those that others wait for come before them. */
  readonly tasks: readonly NewTask[];
  readonly ends: FlowEnds;
}

/** How a step is given results, in `NewTask.pass`. */
interface Passing {
  readonly as?: string;
  readonly isList: boolean;
}

const noEnds: FlowEnds = { ids: [], isList: false };

export async function placeFlow(part: FlowPart, build: BuildStep, after: FlowEnds = noEnds): Promise<PlacedFlow> {
  if (part.kind === "step") {
    const pass = after.ids.length === 0 ? undefined : describePassing(part, after.isList);
    const task = { ...(await build(part, pass !== undefined)), after: after.ids, pass };
    return { tasks: [task], ends: { ids: [task.id], isList: false } };
  }
  const tasks: NewTask[] = [];
  const ids: string[] = [];
  let before = after;
  for (const inner of part.parts) {
    const placed = await placeFlow(inner, build, before);
    tasks.push(...placed.tasks);
    ids.push(...placed.ends.ids);
    if (part.kind === "chain") before = placed.ends;
  }
  return { tasks, ends: part.kind === "chain" ? before : { ids, isList: true } };
}

function describePassing({ input, options }: FlowStep, isList: boolean): string | undefined {
  const { as } = options;
  if (as === undefined && input !== undefined) return undefined;
  return JSON.stringify({ ...(as !== undefined && { as }), isList } satisfies Passing);
}

/** What a run is given: its own input, with the results of the steps before where they belong. */
export function readClaimInput({ input, pass, previous }: Claim): unknown {
  const own = parseJson(input);
  if (pass === undefined) return own;
  const { as, isList } = JSON.parse(pass) as Passing;
  const results = previous.map(parseJson);
  const given = isList ? results : results[0];
  if (as === undefined) return given;
  return { ...(own as object | undefined), [as]: given };
}

/** A task: named work with a typed input, that outlives the request which enqueues it. */

import { checkUses } from "../dependencies/dependency.ts";
import { ApusError } from "../errors/apus-error.ts";
import { findCaller } from "../errors/declared-at.ts";
import type { AnySchema } from "../schema/standard-schema.ts";
import { offload } from "../workers/offload.ts";
import type { ModuleMeta } from "../workers/registration.ts";
import type { EnqueueOptions } from "./enqueue-options.ts";
import type { FlowStep, StepOptions } from "./flow-step.ts";
import { findQueue } from "./task-bindings.ts";
import type { TaskHandle } from "./task-handle.ts";
import { readTaskOptions, type TaskOptions, type TaskSettings } from "./task-options.ts";
import {
  takenNames,
  type EnqueuedInput,
  type HandlerResult,
  type TaskInput,
  type TaskResult,
  type TaskTools,
  type TaskUses,
} from "./task-types.ts";

/** Input and options; an input that may be left out may be left out. */
export type EnqueueArguments<Input> = undefined extends Input
  ? readonly [input?: Input, options?: EnqueueOptions]
  : readonly [input: Input, options?: EnqueueOptions];

/** A declared task. */
export interface Task<Input = unknown, Output = unknown> {
  readonly kind: "task";
  readonly name: string;
  readonly options: TaskOptions;
  readonly settings: TaskSettings;
  /** `file:line` of the declaration, for messages. */
  readonly declaredAt: string;
  /** Runs one attempt. */
  readonly run: (tools: never) => unknown;
  /**
   * Adds it to the queue that runs it.
   * @throws ApusError APUS_TASK_INPUT, APUS_TASK_QUEUE when no queue is running, APUS_TASK_STORE for a session of another database
   */
  enqueue(...given: EnqueueArguments<Input>): Promise<TaskHandle<Output>>;
  /** All of them or none, in one step. The options are those of each. @throws as `enqueue()` */
  enqueueAll(inputs: readonly Input[], options?: EnqueueOptions): Promise<readonly TaskHandle<Output>[]>;
  /** A step of a `chain()`, `group()` or `chord()`. */
  step(input?: Input | Partial<Input>, options?: StepOptions): FlowStep<Output>;
  /** Only a type. */
  readonly "~types"?: { readonly input: Input; readonly output: Output };
}

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint that takes every task
export type AnyTask = Task<any, any>;

/** What a task needs of a queue. */
export interface TaskEnqueuer {
  enqueue(task: AnyTask, input: unknown, options?: EnqueueOptions): Promise<TaskHandle>;
  enqueueAll(task: AnyTask, inputs: readonly unknown[], options?: EnqueueOptions): Promise<readonly TaskHandle[]>;
}

// oxlint-disable-next-line typescript/no-empty-object-type -- "nothing used", as a type that adds no keys
type NoUses = {};

/**
 * Declares a task, at the top level of a module. `name` is how stores know it: it stays, and so does what its input may be,
 * as long as tasks are queued.
 * @throws ApusError APUS_BAD_OPTION
 */
export function task<
  const In extends AnySchema | undefined = undefined,
  const Out extends AnySchema | undefined = undefined,
  const Used extends TaskUses = NoUses,
  const Cpu extends ModuleMeta | undefined = undefined,
  Result extends HandlerResult<Out> = HandlerResult<Out>,
>(
  name: string,
  options: TaskOptions<In, Out, Used, Cpu>,
  handler: (input: TaskInput<In, Used, Cpu>) => Result,
): Task<EnqueuedInput<In>, TaskResult<Out, Result>> {
  const declaredAt = findCaller();
  const given = options as TaskOptions;
  checkDeclaration(name, handler, declaredAt);
  const settings = readTaskOptions(given);
  if (given.use !== undefined) checkTaskUses(name, given, declaredAt);
  const declared: AnyTask = {
    kind: "task",
    name,
    options: Object.freeze({ ...given }),
    settings,
    declaredAt,
    run: given.cpu === undefined ? handler : runInWorker(name, given.cpu, { handler, settings }),
    enqueue: async (input?: unknown, enqueueOptions?: EnqueueOptions) =>
      (findQueue(declared) as TaskEnqueuer).enqueue(declared, input, enqueueOptions),
    enqueueAll: async (inputs: readonly unknown[], enqueueOptions?: EnqueueOptions) =>
      (findQueue(declared) as TaskEnqueuer).enqueueAll(declared, inputs, enqueueOptions),
    step: (input?: unknown, stepOptions: StepOptions = {}) => ({
      kind: "step",
      task: declared,
      input,
      options: stepOptions,
    }),
  };
  return Object.freeze(declared) as unknown as Task<EnqueuedInput<In>, TaskResult<Out, Result>>;
}

/** Whether a value was made by `task()`. */
export function isTask(value: unknown): value is AnyTask {
  return typeof value === "object" && value !== null && (value as Partial<AnyTask>).kind === "task";
}

function checkDeclaration(name: unknown, handler: unknown, declaredAt: string): void {
  const refuse = (why: string): ApusError => new ApusError("APUS_BAD_OPTION", `task() at ${declaredAt} ${why}.`);
  if (typeof name !== "string" || name === "" || name.length > 200) throw refuse("needs a name of 1 to 200 characters");
  if (typeof handler !== "function") throw refuse("has no function: write task(name, options, async ({ input }) => …)");
}

function checkTaskUses(given: string, { use = {}, cpu }: TaskOptions, declaredAt: string): void {
  const who = `The task "${given}" at ${declaredAt}`;
  checkUses(use, who);
  if (cpu !== undefined) {
    const remedy = "leave one of them out";
    throw new ApusError(
      "APUS_BAD_OPTION",
      `${who} has cpu and use; a worker thread has no dependencies of the app: ${remedy}.`,
    );
  }
  const taken = takenNames.find((name) => Object.hasOwn(use, name));
  if (taken === undefined) return;
  throw new ApusError(
    "APUS_BAD_OPTION",
    `${who} uses a dependency as "${taken}", which is taken; choose another name.`,
  );
}

interface WorkerPart {
  readonly handler: (input: never) => unknown;
  readonly settings: TaskSettings;
}

/** What is sent to a worker thread of a run. */
interface SentTools {
  readonly input: unknown;
  readonly id: string;
  readonly attempt: number;
}

/** The worker finds the handler by the module and the name; it is ended when its time is up, whatever it does. */
function runInWorker(name: string, module: unknown, { handler, settings }: WorkerPart): AnyTask["run"] {
  if (typeof (module as Partial<ModuleMeta> | null)?.url !== "string") {
    const remedy = "write cpu: import.meta, so that a worker can import the module";
    throw new ApusError(
      "APUS_BAD_OPTION",
      `task("${name}", { cpu }) was not given the import.meta of its module: ${remedy}.`,
    );
  }
  const run = offload(module as ModuleMeta, `task ${name}`, async (sent: SentTools) =>
    handler({ ...sent, signal: offload.context().signal } as never),
  );
  const limit = settings.timeout === undefined ? {} : { timeout: settings.timeout };
  return ({ input, id, attempt, signal }: TaskTools & { readonly input: unknown }) =>
    run.with({ signal, ...limit })({ input, id, attempt });
}

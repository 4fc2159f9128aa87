/** One attempt at a task: input, dependencies, handler, result; whatever happens, it comes to an outcome. */

import { currentRequest } from "../http/current-request.ts";
import type { LogFields, Logger } from "../log/logger.ts";
import { encodeJson } from "../operation/encode-json.ts";
import { longestPayload } from "./build-new-task.ts";
import type { CompiledTask } from "./compile-task.ts";
import { describeFailure } from "./describe-failure.ts";
import { readClaimInput } from "./place-flow.ts";
import { runInScope } from "./run-scope.ts";
import { currentQueue } from "./task-bindings.ts";
import { parseContext, type TaskFailure } from "./task-record.ts";
import { buildTaskRequest, type CurrentTask } from "./task-request.ts";
import type { Claim, Outcome } from "./task-store.ts";
import type { Schema } from "../schema/schema.ts";

export interface RunParts {
  readonly compiled: CompiledTask;
  readonly claim: Claim;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Identifies the queue that runs it. */
  readonly queue: object;
  readonly now: () => number;
  /** `value` is JSON. */
  readonly tellProgress: (value: string) => void;
}

/** A value that does not fit, and will not fit the next time either. */
class MisfitError extends Error {
  override readonly name: string;

  constructor(
    name: string,
    what: string,
    issues: readonly { readonly path: readonly unknown[]; readonly message: string }[],
  ) {
    const shown = issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
    super(`${what} does not fit: ${shown.join("; ")}`);
    this.name = name;
  }
}

/** The log fields of a run. */
export function describeRun({ task, id, attempt, context }: Claim): LogFields {
  const { requestId } = parseContext(context);
  return { task, taskId: id, attempt, ...(requestId !== undefined && { requestId }) };
}

/** Never rejects. */
export async function runTask(parts: RunParts): Promise<Outcome> {
  const { compiled, claim, signal, log, queue } = parts;
  const { timeout } = compiled.task.settings;
  const current = buildTaskRequest({
    id: claim.id,
    task: claim.task,
    signal,
    deadline: timeout === undefined ? undefined : performance.now() + timeout,
    context: parseContext(claim.context),
    log,
  });
  try {
    const result = await currentRequest.run(current, () => currentQueue.run(queue, () => runAttempt(parts, current)));
    return { kind: "done", result };
  } catch (error) {
    return judge(parts, error);
  }
}

/** What an error means: another attempt, or none. */
export function judge({ compiled, claim, now }: Pick<RunParts, "compiled" | "claim" | "now">, error: unknown): Outcome {
  const { settings } = compiled.task;
  const failure: TaskFailure = describeFailure(error, claim.attempt, now());
  try {
    const isWorth =
      claim.attempt <= settings.retries && !(error instanceof MisfitError) && settings.isWorthRetrying(error);
    if (!isWorth) return { kind: "dead", failure };
    return { kind: "retry", failure, delay: settings.delayAfter(claim.attempt, error) };
  } catch (cause) {
    const message = `${failure.message} (and what was to decide on another attempt failed: ${String(cause)})`;
    return { kind: "dead", failure: { ...failure, message } };
  }
}

/** The result as JSON. */
async function runAttempt(parts: RunParts, current: CurrentTask): Promise<string> {
  const { compiled, claim, signal, log } = parts;
  const { task, dependencies } = compiled;
  const input = await readInput(compiled.input, claim);
  const tools = { input, id: claim.id, attempt: claim.attempt, signal };
  const run = async (values: Readonly<Record<string, unknown>>): Promise<string> => {
    const progress = (value: unknown): void => parts.tellProgress(encodeJson(value));
    const returned = await (task.run as (tools: object) => unknown)({ ...values, ...tools, log, progress });
    return encodeResult(await checkResult(compiled.output, returned));
  };
  if (dependencies === undefined) return run({});
  const where = `The task "${task.name}" at ${task.declaredAt}`;
  return runInScope(await dependencies.current(), { request: current.request, id: claim.id, log, where }, run);
}

async function readInput(schema: Schema | undefined, claim: Claim): Promise<unknown> {
  if (schema === undefined) return undefined;
  const { issues, value } = await schema.validate(readClaimInput(claim));
  if (issues !== undefined) throw new MisfitError("InputMisfit", "The input", issues);
  return value;
}

async function checkResult(schema: Schema | undefined, returned: unknown): Promise<unknown> {
  if (schema === undefined) return returned;
  const { issues, value } = await schema.validate(returned);
  if (issues !== undefined) throw new MisfitError("OutputMisfit", "What the handler returned", issues);
  return value;
}

function encodeResult(value: unknown): string {
  const refuse = (message: string): MisfitError =>
    new MisfitError("ResultMisfit", "What the handler returned", [{ path: [], message }]);
  let text: string;
  try {
    text = value === undefined ? "" : encodeJson(value);
  } catch (error) {
    throw refuse((error as Error).message);
  }
  if (text.length <= longestPayload) return text;
  throw refuse(
    `it has ${text.length} characters of JSON, and may have ${longestPayload}: keep it elsewhere and return its id`,
  );
}

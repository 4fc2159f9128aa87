/** The dependencies of one run of a task, from their values to their clean-up. */

import type { CompiledPlan } from "../dependencies/compile-dependencies.ts";
import { DependencyScope, type ScopeContext } from "../dependencies/scope.ts";
import { ApusError } from "../errors/apus-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { Logger } from "../log/logger.ts";
import { guardRequest } from "./task-request.ts";

export interface RunScopeInit {
  readonly request: HttpRequest;
  readonly id: string;
  readonly log: Logger;
  /** The task, for messages. */
  readonly where: string;
}

/** Functions that a dependency has asked to be run after the task. */
type Afterwards = (() => unknown)[];

class RunContext implements ScopeContext {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly path: unknown = {};
  readonly query: unknown = undefined;
  readonly headers: unknown = undefined;
  readonly cookies: unknown = undefined;
  readonly body: unknown = undefined;
  readonly form: unknown = undefined;
  readonly files: unknown = undefined;
  readonly background: (task: () => unknown) => void;
  readonly #where: string;

  constructor({ request, id, log, where }: RunScopeInit, afterwards: Afterwards) {
    this.request = guardRequest(request, where);
    this.requestId = id;
    this.signal = request.signal;
    this.log = log;
    this.background = (task) => void afterwards.push(task);
    this.#where = where;
  }

  get response(): ResponseHead {
    const message = `${this.#where}: a dependency works on the response, and a task has none: use another one for it.`;
    throw new ApusError("APUS_DEPENDENCY_SCOPE", message);
  }
}

/**
 * Runs `work` with the values of the dependencies: those with `until: "handler"` are cleaned up when it has ended, so that
 * what fails there fails the run; the others after that.
 * @throws what a dependency, its clean-up or the work throws
 */
export async function runInScope<Result>(
  plan: CompiledPlan,
  init: RunScopeInit,
  work: (values: Readonly<Record<string, unknown>>) => Promise<Result>,
): Promise<Result> {
  const afterwards: Afterwards = [];
  const scope = new DependencyScope(plan, new RunContext(init, afterwards));
  let result: Result;
  try {
    await scope.runRest();
    const input = scope.buildHandlerInput() as Readonly<Record<string, unknown>>;
    result = await work(Object.fromEntries(plan.given.map(([name]) => [name, input[name]])));
    await scope.endHandler();
  } catch (error) {
    throw await scope.fail(error);
  }
  for (const step of [...afterwards, () => scope.endResponse(undefined)]) {
    try {
      await step();
    } catch (error) {
      init.log.error("The clean-up after a task failed", { error });
    }
  }
  return result;
}

/** One run of a dependency: begins with its value, and ends behind the `yield` when there is one. */

import { ApusError } from "../errors/apus-error.ts";
import { chain, settle, type MaybePromise } from "../http/maybe-promise.ts";
import { nameDependency, type AnyDependency } from "./dependency.ts";

type Run = AsyncGenerator<unknown, unknown, undefined> | Generator<unknown, unknown, undefined>;

const generatorNames: ReadonlySet<string> = new Set(["GeneratorFunction", "AsyncGeneratorFunction"]);
const runNames: ReadonlySet<string> = new Set(["Generator", "AsyncGenerator"]);

/** Whether a function cleans up: it is written with `function*`. */
export function isGenerator({ provide }: AnyDependency): boolean {
  return generatorNames.has((provide as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "");
}

/** A plain function may hand on the generator of another one. */
function isRun(result: unknown): result is Run {
  if (typeof result !== "object" || result === null) return false;
  return runNames.has((result as { [Symbol.toStringTag]?: string })[Symbol.toStringTag] ?? "");
}

export class Provision {
  readonly dependency: AnyDependency;
  #run: Run | undefined;

  constructor(dependency: AnyDependency) {
    this.dependency = dependency;
  }

  /** Whether there is something to end. */
  get isOpen(): boolean {
    return this.#run !== undefined;
  }

  /** The value. @throws ApusError APUS_DEPENDENCY_YIELD, and what the function throws. */
  begin(input: object): MaybePromise<unknown> {
    const { provide } = this.dependency;
    const run = provide(input as never);
    if (!isRun(run)) return settle(run);
    return chain(run.next() as MaybePromise<IteratorResult<unknown>>, ({ done, value }) => {
      if (done === true) throw this.#refuse("ended before it yielded");
      this.#run = run;
      const given = settle(value);
      return given instanceof Promise ? given.catch((error: unknown) => this.#abandon(error)) : given;
    });
  }

  /**
   * Goes on behind the `yield`; with a failure, the `yield` throws it.
   * A failure that is caught there ends the request nevertheless; another one that is thrown takes its place.
   * @throws what the clean-up throws
   */
  async end(failure?: { readonly error: unknown }): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    if (run === undefined) return;
    const { done } = failure === undefined ? await run.next() : await run.throw(failure.error);
    if (done === true) return;
    await run.return(undefined);
    throw this.#refuse("yielded a second time");
  }

  /** A generator without `async` has yielded a promise that is rejected: its `yield` throws, as it would in an async one. */
  async #abandon(error: unknown): Promise<never> {
    await this.end({ error });
    throw error;
  }

  #refuse(why: string): ApusError {
    const { declaredAt } = this.dependency;
    const message = `${nameDependency(this.dependency)} at ${declaredAt} ${why}; it must yield exactly once.`;
    return new ApusError("APUS_DEPENDENCY_YIELD", message);
  }
}

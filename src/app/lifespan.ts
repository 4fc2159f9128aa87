/** Code around an app's life: each lifespan runs to its `yield` before the first request, and on after the last one. */

import { ApusError } from "../errors/apus-error.ts";
import { isInsideWorker } from "../workers/inside-worker.ts";

export type Lifespan = () => AsyncGenerator<unknown, void, undefined> | Generator<unknown, void, undefined>;

/** A lifespan with the `file:line` of its declaration. */
export interface DeclaredLifespan {
  readonly lifespan: Lifespan;
  readonly declaredAt: string;
}

interface StartedLifespan {
  readonly run: ReturnType<Lifespan>;
  readonly declaredAt: string;
}

/** Lifespans that have started, to be ended in reverse. */
export class RunningLifespans {
  readonly #started: StartedLifespan[] = [];

  /**
   * Starts them in order; when one fails, those before it are ended and its error is thrown.
   * None in a worker of `offload()`, which imports the app's modules but is not the app.
   */
  async start(lifespans: readonly DeclaredLifespan[]): Promise<void> {
    if (isInsideWorker()) return;
    for (const { lifespan, declaredAt } of lifespans) {
      try {
        const run = lifespan();
        if (typeof run?.next !== "function") throw refuse(declaredAt, "is not a generator function");
        const { done } = await run.next();
        if (done === true) throw refuse(declaredAt, "ended before it yielded");
        this.#started.push({ run, declaredAt });
      } catch (error) {
        const [ended] = await Promise.allSettled([this.end()]);
        if (ended.status === "fulfilled") throw error;
        const failures = [error, ended.reason as unknown];
        throw new AggregateError(failures, "A lifespan failed to start, and another one to end.", { cause: error });
      }
    }
  }

  /** Ends all of them in reverse, also after one has failed; throws what failed. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (const { run, declaredAt } of this.#started.splice(0).toReversed()) {
      try {
        const { done } = await run.next();
        if (done === true) continue;
        await run.return(undefined);
        throw refuse(declaredAt, "yielded a second time");
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} lifespans failed to end.`);
  }
}

function refuse(declaredAt: string, why: string): ApusError {
  return new ApusError("APUS_LIFESPAN", `The lifespan at ${declaredAt} ${why}; it must yield exactly once.`);
}

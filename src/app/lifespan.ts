/** Code around an app's life: each lifespan runs to its `yield` before the first request, and on after the last one. */

import { ApusError } from "../errors/apus-error.ts";

export type Lifespan = () => AsyncGenerator<unknown, void, undefined> | Generator<unknown, void, undefined>;

/** Lifespans that have started, to be ended in reverse. */
export class RunningLifespans {
  readonly #started: ReturnType<Lifespan>[] = [];

  /** Starts them in order; when one fails, those before it are ended and its error is thrown. */
  async start(lifespans: readonly Lifespan[]): Promise<void> {
    for (const lifespan of lifespans) {
      const run = lifespan();
      try {
        const { done } = await run.next();
        if (done === true)
          throw new ApusError("APUS_LIFESPAN", "A lifespan ended before it yielded; it must yield exactly once.");
      } catch (error) {
        const [ended] = await Promise.allSettled([this.end()]);
        if (ended.status === "fulfilled") throw error;
        const failures = [error, ended.reason as unknown];
        throw new AggregateError(failures, "A lifespan failed to start, and another one to end.", { cause: error });
      }
      this.#started.push(run);
    }
  }

  /** Ends all of them in reverse, also after one has failed; throws what failed. */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    for (const run of this.#started.splice(0).toReversed()) {
      try {
        const { done } = await run.next();
        if (done === true) continue;
        await run.return(undefined);
        throw new ApusError("APUS_LIFESPAN", "A lifespan yielded a second time; it must yield exactly once.");
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} lifespans failed to end.`);
  }
}

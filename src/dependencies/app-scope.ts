/** The dependencies that live as long as the app: each started once, before what uses it, and ended in reverse. */

import type { Logger } from "../log/logger.ts";
import { listUses, type AnyDependency } from "./dependency.ts";
import { Provision } from "./provision.ts";
import type { Replacements } from "./replacements.ts";

export class AppScope {
  /** Counts the ends: values of a life that has ended are of no use. */
  life = 0;
  readonly #logger: Logger;
  readonly #replacements: Replacements;
  readonly #values = new Map<object, Promise<unknown>>();
  readonly #started: Provision[] = [];

  constructor(logger: Logger, replacements: Replacements) {
    this.#logger = logger;
    this.#replacements = replacements;
  }

  /** The value, started on the first call; a start that failed is tried again by the next one. */
  start(dependency: AnyDependency): Promise<unknown> {
    const known = this.#values.get(dependency.identity);
    if (known !== undefined) return known;
    const started = this.#start(dependency);
    this.#values.set(dependency.identity, started);
    started.catch(() => {
      if (this.#values.get(dependency.identity) === started) this.#values.delete(dependency.identity);
    });
    return started;
  }

  /** Ends all of them in reverse, also after one has failed. @throws what failed */
  async end(): Promise<void> {
    const failures: unknown[] = [];
    const underWay = [...this.#values.values()];
    this.#values.clear();
    this.life += 1;
    // What is still being started would otherwise stay open.
    await Promise.allSettled(underWay);
    for (const provision of this.#started.splice(0).toReversed()) {
      try {
        await provision.end();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} dependencies failed to end.`);
  }

  async #start(dependency: AnyDependency): Promise<unknown> {
    const values = await Promise.all(
      listUses(dependency.options.use).map(async ([name, one]) => [name, await this.#provide(one)] as const),
    );
    const log = this.#logger.child({ dependency: dependency.options.name ?? dependency.provide.name });
    const provision = new Provision(dependency);
    const value = await provision.begin({ log, ...Object.fromEntries(values) });
    if (provision.isOpen) this.#started.push(provision);
    return value;
  }

  #provide(dependency: AnyDependency): unknown {
    const replacement = this.#replacements.find(dependency);
    if (replacement === undefined) return this.start(dependency);
    return replacement.kind === "value" ? replacement.value : this.start(replacement.dependency);
  }
}

/** What stands in the place of dependencies while it is tested: values, or other dependencies. */

import { ApusError } from "../errors/apus-error.ts";
import { isDependency, nameDependency, type AnyDependency } from "./dependency.ts";

/** What is given in place of a dependency. */
export type Replacement =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "dependency"; readonly dependency: AnyDependency };

export class Replacements {
  /** Counts the changes, so that what was planned before one is known to be old. */
  version = 0;
  /** The last one of each counts: one that ends gives its place back to the one before. */
  readonly #stacks = new Map<object, Replacement[]>();

  get isEmpty(): boolean {
    return this.#stacks.size === 0;
  }

  /** @throws ApusError APUS_BAD_OPTION */
  add(replaced: AnyDependency, given: unknown): Disposable {
    if (!isDependency(replaced)) {
      throw new ApusError("APUS_BAD_OPTION", "override() needs the dependency that is replaced.");
    }
    if (isDependency(given) && given.identity === replaced.identity) {
      throw new ApusError("APUS_BAD_OPTION", `override() was given ${nameDependency(replaced)} in its own place.`);
    }
    const replacement: Replacement = isDependency(given)
      ? { kind: "dependency", dependency: given }
      : { kind: "value", value: given };
    const stack = this.#stacks.get(replaced.identity) ?? [];
    this.#stacks.set(replaced.identity, [...stack, replacement]);
    this.version += 1;
    return { [Symbol.dispose]: () => this.#remove(replaced.identity, replacement) };
  }

  find({ identity }: AnyDependency): Replacement | undefined {
    return this.#stacks.get(identity)?.at(-1);
  }

  #remove(identity: object, replacement: Replacement): void {
    const left = this.#stacks.get(identity)?.filter((other) => other !== replacement) ?? [];
    if (left.length === 0) this.#stacks.delete(identity);
    else this.#stacks.set(identity, left);
    this.version += 1;
  }
}

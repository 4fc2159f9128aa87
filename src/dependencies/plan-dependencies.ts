/** From what an operation uses to the order in which it runs: every dependency once, those it uses before it; wrong graphs end here. */

import { ApusError } from "../errors/apus-error.ts";
import { checkUses, listUses, nameDependency, type AnyDependency, type Uses } from "./dependency.ts";
import type { Replacements } from "./replacements.ts";

/** One dependency in its place in an operation. */
export interface PlannedDependency {
  /** The one that runs: the replacement, where there is one. */
  readonly dependency: AnyDependency;
  /** Whether `value` is given in place of running anything. */
  readonly isReplaced: boolean;
  readonly value: unknown;
  /** Names of what it uses, with their places in the plan. */
  readonly uses: readonly (readonly [name: string, index: number])[];
  /** Every scope that a use of it, or of what uses it, asks for. */
  readonly scopes: readonly string[];
  /** Whether it runs before the body is read. */
  readonly isEarly: boolean;
}

/** In an order in which everything comes after what it uses. */
export interface DependencyPlan {
  readonly steps: readonly PlannedDependency[];
  /** What the handler is given, by name. */
  readonly given: readonly (readonly [name: string, index: number])[];
}

/** What an operation uses: by name for its handler, and unnamed for what stands around it. */
export interface OperationUses {
  readonly named: Uses;
  readonly unnamed: readonly AnyDependency[];
  /** The operation, for messages. */
  readonly where: string;
}

interface Draft {
  readonly dependency: AnyDependency;
  readonly isReplaced: boolean;
  readonly value: unknown;
  readonly uses: (readonly [name: string, index: number])[];
  readonly scopes: Set<string>;
  isEarly: boolean;
}

/** @throws ApusError APUS_DEPENDENCY_CYCLE, APUS_DEPENDENCY_SCOPE, APUS_BAD_OPTION, naming the way to the dependency. */
export function planDependencies(used: OperationUses, replacements: Replacements): DependencyPlan {
  const planner = new Planner(used.where, replacements);
  checkUses(used.named, used.where);
  const unnamed = used.unnamed.map((dependency) => [planner.add(dependency, []), dependency] as const);
  const named = listUses(used.named).map(
    ([name, dependency]) => [planner.add(dependency, []), dependency, name] as const,
  );
  for (const [index, { scopes }] of [...unnamed, ...named]) planner.ask(index, scopes);
  return { steps: planner.finish(), given: named.map(([index, , name]) => [name, index]) };
}

class Planner {
  readonly #where: string;
  readonly #replacements: Replacements;
  readonly #drafts: Draft[] = [];
  readonly #known = new Map<object, number>();

  constructor(where: string, replacements: Replacements) {
    this.#where = where;
    this.#replacements = replacements;
  }

  /** The place of a dependency in the plan; `way` leads from the operation to what uses it. */
  add(given: AnyDependency, way: readonly AnyDependency[]): number {
    if (way.some(({ identity }) => identity === given.identity)) throw this.#refuseCycle([...way, given]);
    const known = this.#known.get(given.identity);
    const user = way.at(-1);
    if (user !== undefined) this.#checkLife(user, given, way);
    if (known !== undefined) return known;
    const replacement = this.#replacements.find(given);
    const isReplaced = replacement?.kind === "value";
    const dependency = replacement?.kind === "dependency" ? replacement.dependency : given;
    const uses = isReplaced ? [] : this.#addUses(dependency, [...way, given]);
    const isEarly = isEarlyByItself(dependency, () => uses.some(([, index]) => this.#at(index).isEarly));
    const value = replacement?.kind === "value" ? replacement.value : undefined;
    const draft: Draft = { dependency, isReplaced, value, uses, scopes: new Set(), isEarly };
    const index = this.#drafts.push(draft) - 1;
    if (dependency.options.cache !== false) this.#known.set(given.identity, index);
    return index;
  }

  /** Adds scopes that a use from outside asks for. */
  ask(index: number, scopes: readonly string[]): void {
    for (const scope of scopes) this.#at(index).scopes.add(scope);
  }

  /** Hands down to what is used: the scopes that are asked for, and the place before the body. */
  finish(): readonly PlannedDependency[] {
    for (const { dependency, uses, scopes, isEarly } of this.#drafts.toReversed()) {
      for (const [name, index] of uses) {
        const used = dependency.options.use?.[name] as AnyDependency;
        this.ask(index, [...scopes, ...used.scopes]);
        if (isEarly) this.#at(index).isEarly = true;
      }
    }
    return this.#drafts.map((draft) => ({ ...draft, scopes: [...draft.scopes] }));
  }

  #addUses(dependency: AnyDependency, way: readonly AnyDependency[]): (readonly [string, number])[] {
    // What lives as long as the app has its own life, and what it uses as well.
    const uses = listUses(dependency.options.use);
    if (dependency.options.scope !== "app") return uses.map(([name, used]) => [name, this.add(used, way)]);
    for (const [, used] of uses) this.#checkAppScope(used, way);
    return [];
  }

  #checkAppScope(given: AnyDependency, way: readonly AnyDependency[]): void {
    if (way.some(({ identity }) => identity === given.identity)) throw this.#refuseCycle([...way, given]);
    this.#checkLife(way.at(-1) as AnyDependency, given, way);
    for (const [, used] of listUses(given.options.use)) this.#checkAppScope(used, [...way, given]);
  }

  #checkLife(user: AnyDependency, used: AnyDependency, way: readonly AnyDependency[]): void {
    const path = describeWay([...way, used]);
    if (user.options.scope === "app" && used.options.scope !== "app") {
      const why = `${nameDependency(user)} lives as long as the app and uses ${nameDependency(used)}, which is made for each request`;
      throw new ApusError("APUS_DEPENDENCY_SCOPE", `${this.#where}: ${path}: ${why}.`);
    }
    if (user.options.scope !== "app" && user.options.until !== "handler" && used.options.until === "handler") {
      const why = `${nameDependency(user)} is cleaned up after the response and uses ${nameDependency(used)}, which ends with the handler`;
      throw new ApusError("APUS_DEPENDENCY_SCOPE", `${this.#where}: ${path}: ${why}; give both until: "handler".`);
    }
  }

  #refuseCycle(way: readonly AnyDependency[]): ApusError {
    return new ApusError("APUS_DEPENDENCY_CYCLE", `${this.#where}: ${describeWay(way)}: a dependency uses itself.`);
  }

  #at(index: number): Draft {
    return this.#drafts[index] as Draft;
  }
}

function isEarlyByItself({ options }: AnyDependency, usesEarly: () => boolean): boolean {
  return options.early ?? (options.security !== undefined || usesEarly());
}

function describeWay(way: readonly AnyDependency[]): string {
  return way.map(nameDependency).join(" → ");
}

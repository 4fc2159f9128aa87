/** From what an operation uses to the order in which it runs: every dependency once, those it uses before it; wrong graphs end here. */

import { ApusError } from "../errors/apus-error.ts";
import { checkUses, listUses, nameDependency, type AnyDependency, type Uses } from "./dependency.ts";
import { isGenerator } from "./provision.ts";
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
  readonly uses: readonly (readonly [name: string, index: number])[];
  readonly scopes: Set<string>;
  /** Whether its value is of no use after the handler. */
  readonly endsWithHandler: boolean;
  /** Whether it, or what it uses, reads the body. */
  readonly readsContent: boolean;
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

/** What runs, from the operation to where the planner is: replacements in place of what they replace. */
type Way = readonly AnyDependency[];

class Planner {
  readonly #where: string;
  readonly #replacements: Replacements;
  readonly #drafts: Draft[] = [];
  readonly #known = new Map<object, number>();
  /** What lives as long as the app and was found to be right. */
  readonly #checked = new Set<object>();

  constructor(where: string, replacements: Replacements) {
    this.#where = where;
    this.#replacements = replacements;
  }

  /** The place of a dependency in the plan; `way` leads from the operation to what uses it. */
  add(given: AnyDependency, way: Way): number {
    const replacement = this.#replacements.find(given);
    if (replacement?.kind === "value") return this.#addValue(given, replacement.value);
    const dependency = replacement?.dependency ?? given;
    const known = this.#known.get(dependency.identity);
    if (known !== undefined) return known;
    this.#refuseCycle(dependency, way);
    const inner = [...way, dependency];
    const uses = this.#addUses(dependency, inner);
    return this.#push(dependency, {
      dependency,
      isReplaced: false,
      value: undefined,
      uses,
      scopes: new Set(),
      endsWithHandler: this.#endsWithHandler(inner, uses),
      ...this.#placeAroundBody(inner, uses),
    });
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
    // Every request is given the same list.
    return this.#drafts.map((draft) => ({ ...draft, scopes: Object.freeze([...draft.scopes]) }));
  }

  #addValue(given: AnyDependency, value: unknown): number {
    const known = this.#known.get(given.identity);
    if (known !== undefined) return known;
    const { early, security } = given.options;
    const own = { isReplaced: true, value, uses: [], scopes: new Set<string>(), endsWithHandler: false };
    const isEarly = early ?? security !== undefined;
    return this.#push(given, { dependency: given, ...own, readsContent: false, isEarly });
  }

  #push({ identity, options }: AnyDependency, draft: Draft): number {
    const index = this.#drafts.push(draft) - 1;
    if (options.cache !== false) this.#known.set(identity, index);
    return index;
  }

  #addUses(dependency: AnyDependency, way: Way): (readonly [string, number])[] {
    if (dependency.options.scope !== "app") {
      return listUses(dependency.options.use).map(([name, used]) => [name, this.add(used, way)]);
    }
    // What lives as long as the app has its own life, and what it uses as well.
    this.#checkAppScope(dependency, way);
    return [];
  }

  #checkAppScope(user: AnyDependency, way: Way): void {
    if (this.#checked.has(user.identity)) return;
    for (const [, given] of listUses(user.options.use)) {
      const replacement = this.#replacements.find(given);
      if (replacement?.kind === "value") continue;
      const used = replacement?.dependency ?? given;
      this.#refuseCycle(used, way);
      if (used.options.scope !== "app") {
        const why = `${nameDependency(user)} lives as long as the app and uses ${nameDependency(used)}, which is made for each request`;
        throw this.#refuseScope([...way, used], why);
      }
      this.#checkAppScope(used, [...way, used]);
    }
    this.#checked.add(user.identity);
  }

  /** A plain function has nothing to clean up: its value ends with the first of what it was made from. */
  #endsWithHandler(way: Way, uses: Draft["uses"]): boolean {
    const user = way.at(-1) as AnyDependency;
    const used = uses.map(([, index]) => this.#at(index)).find(({ endsWithHandler }) => endsWithHandler);
    if (!isGenerator(user)) return used !== undefined;
    if (user.options.until === "handler") return true;
    if (used === undefined) return false;
    const why = `${nameDependency(user)} is cleaned up after the response and uses ${nameDependency(used.dependency)}, which ends with the handler`;
    throw this.#refuseScope([...way, used.dependency], `${why}; give both until: "handler"`);
  }

  /** Security, and what uses it, comes before the body; what reads the body, or uses what does, comes behind it. */
  #placeAroundBody(way: Way, uses: Draft["uses"]): Pick<Draft, "readsContent" | "isEarly"> {
    const { options } = way.at(-1) as AnyDependency;
    const used = uses.map(([, index]) => this.#at(index));
    const reader = used.find(({ readsContent }) => readsContent)?.dependency;
    const readsContent = options.body !== undefined || options.form !== undefined || reader !== undefined;
    const mustBeEarly = options.early ?? options.security !== undefined;
    if (!readsContent) {
      return {
        readsContent,
        isEarly: mustBeEarly || (options.early === undefined && used.some(({ isEarly }) => isEarly)),
      };
    }
    if (!mustBeEarly) return { readsContent, isEarly: false };
    const why = `${this.#where}: ${describeWay(reader === undefined ? way : [...way, reader])}`;
    throw new ApusError("APUS_BAD_OPTION", `${why}: what runs before the body is read cannot need the body.`);
  }

  #refuseCycle(dependency: AnyDependency, way: Way): void {
    if (!way.some(({ identity }) => identity === dependency.identity)) return;
    const message = `${this.#where}: ${describeWay([...way, dependency])}: a dependency uses itself.`;
    throw new ApusError("APUS_DEPENDENCY_CYCLE", message);
  }

  #refuseScope(way: Way, why: string): ApusError {
    return new ApusError("APUS_DEPENDENCY_SCOPE", `${this.#where}: ${describeWay(way)}: ${why}.`);
  }

  #at(index: number): Draft {
    return this.#drafts[index] as Draft;
  }
}

function describeWay(way: readonly AnyDependency[]): string {
  return way.map(nameDependency).join(" → ");
}

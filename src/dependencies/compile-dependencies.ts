/** Compiles what an operation uses: the plan with its schemas, made once, and again while something is replaced. */

import { ApusError } from "../errors/apus-error.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import { compileParameterStep, type ParameterPlace, type ParameterStep } from "../parameters/read-parameters.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { AppScope } from "./app-scope.ts";
import { nameDependency, type AnyDependency } from "./dependency.ts";
import {
  planDependencies,
  type DependencyPlan,
  type OperationUses,
  type PlannedDependency,
} from "./plan-dependencies.ts";
import { Replacements } from "./replacements.ts";

/** A dependency in its place, ready to run. */
export interface CompiledDependency extends PlannedDependency {
  readonly parameters: readonly ParameterStep[];
  /** Whether the value is here already: it was replaced, or lives as long as the app. */
  readonly isGiven: boolean;
}

export interface CompiledPlan extends DependencyPlan {
  readonly steps: readonly CompiledDependency[];
  /** Whether anything runs before the body is read. */
  readonly hasEarly: boolean;
}

/** What dependencies of an app share. */
export interface DependencyParts {
  readonly replacements: Replacements;
  readonly appScope: AppScope;
}

export interface CompileUses extends OperationUses {
  /** Names of the path parameters that the route has. */
  readonly pathNames: readonly string[];
}

const places: readonly ParameterPlace[] = ["path", "query", "headers", "cookies"];
const compiledSteps = new WeakMap<object, Promise<readonly ParameterStep[]>>();

/** A plan with values, as long as nothing else is replaced and the app lives. */
interface CurrentPlan {
  readonly version: number;
  readonly life: number;
  plan: MaybePromise<CompiledPlan>;
}

export class OperationDependencies {
  /** As declared, whatever is replaced: what is documented. */
  readonly declared: CompiledPlan;
  readonly #used: CompileUses;
  readonly #parts: DependencyParts;
  #current: CurrentPlan | undefined;

  constructor(declared: CompiledPlan, used: CompileUses, parts: DependencyParts) {
    this.declared = declared;
    this.#used = used;
    this.#parts = parts;
  }

  /** The plan for a request that comes now, with the values of the app's life in it; at once after the first time. */
  current(): MaybePromise<CompiledPlan> {
    const { replacements, appScope } = this.#parts;
    const known = this.#current;
    if (known !== undefined && known.version === replacements.version && known.life === appScope.life) {
      return known.plan;
    }
    const current: CurrentPlan = { version: replacements.version, life: appScope.life, plan: this.#prepare() };
    this.#current = current;
    void Promise.resolve(current.plan).then(
      (plan) => (current.plan = plan),
      // Whoever asked is told; the next one tries again.
      () => (this.#current = undefined),
    );
    return current.plan;
  }

  async #prepare(): Promise<CompiledPlan> {
    const { replacements, appScope } = this.#parts;
    const plan = replacements.isEmpty ? this.declared : await compilePlan(this.#used, replacements);
    return giveAppValues(plan, appScope);
  }
}

/**
 * @throws ApusError APUS_DEPENDENCY_CYCLE, APUS_DEPENDENCY_SCOPE, APUS_PARAMETER_MISMATCH, APUS_BAD_OPTION, APUS_NOT_A_SCHEMA
 */
export async function compileDependencies(used: CompileUses, parts: DependencyParts): Promise<OperationDependencies> {
  return new OperationDependencies(await compilePlan(used, new Replacements()), used, parts);
}

async function compilePlan(used: CompileUses, replacements: Replacements): Promise<CompiledPlan> {
  const plan = planDependencies(used, replacements);
  const steps: CompiledDependency[] = [];
  for (const step of plan.steps) {
    const parameters = step.isReplaced ? [] : await compileSteps(step.dependency, used);
    steps.push({ ...step, parameters, isGiven: step.isReplaced || step.dependency.options.scope === "app" });
  }
  return { given: plan.given, steps, hasEarly: steps.some(({ isEarly }) => isEarly) };
}

async function giveAppValues(plan: CompiledPlan, appScope: AppScope): Promise<CompiledPlan> {
  const steps: CompiledDependency[] = [];
  for (const step of plan.steps) {
    const isOfApp = !step.isReplaced && step.dependency.options.scope === "app";
    steps.push(isOfApp ? { ...step, value: await appScope.start(step.dependency) } : step);
  }
  return { ...plan, steps };
}

async function compileSteps(dependency: AnyDependency, used: CompileUses): Promise<readonly ParameterStep[]> {
  const known = compiledSteps.get(dependency.identity) ?? compileOwn(dependency);
  compiledSteps.set(dependency.identity, known);
  const steps = await known;
  const path = steps.find(({ place }) => place === "path")?.schema.input;
  const missing = (path?.required ?? []).find((name) => !used.pathNames.includes(name));
  if (missing === undefined) return steps;
  const message = `${used.where}: ${nameDependency(dependency)} needs the path parameter "${missing}", which the template does not have.`;
  throw new ApusError("APUS_PARAMETER_MISMATCH", message);
}

async function compileOwn(dependency: AnyDependency): Promise<readonly ParameterStep[]> {
  const steps: ParameterStep[] = [];
  for (const place of places) {
    const source = dependency.options[place];
    if (source === undefined) continue;
    try {
      steps.push(compileParameterStep(place, await compileSchema(source, { strip: false })));
    } catch (error) {
      if (!(error instanceof ApusError)) throw error;
      const where = `The ${place} schema of the dependency at ${dependency.declaredAt}`;
      throw new ApusError(error.code, `${where} cannot be used: ${error.reason}`, { cause: error });
    }
  }
  return steps;
}

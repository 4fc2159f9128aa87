/** Compiles what an operation uses: the plan with its schemas, made once, and again while something is replaced. */

import { ApusError } from "../errors/apus-error.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import { compileBodyPart, type BodyPart } from "../parameters/read-body.ts";
import { compileParameterStep, type ParameterPlace, type ParameterStep } from "../parameters/read-parameters.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { Schema } from "../schema/schema.ts";
import type { AppScope } from "./app-scope.ts";
import { nameDependency, type AnyDependency, type DependencyOptions } from "./dependency.ts";
import {
  planDependencies,
  type DependencyPlan,
  type OperationUses,
  type PlannedDependency,
} from "./plan-dependencies.ts";
import { Replacements } from "./replacements.ts";

/** What a dependency reads. */
interface CompiledInputs {
  readonly parameters: readonly ParameterStep[];
  /** What it needs of the body. */
  readonly content: BodyPart | undefined;
}

/** A dependency in its place, ready to run. */
export interface CompiledDependency extends PlannedDependency, CompiledInputs {
  /** Whether the value is here already: it was replaced, or lives as long as the app. */
  readonly isGiven: boolean;
}

export interface CompiledPlan extends DependencyPlan {
  readonly steps: readonly CompiledDependency[];
  /** Whether anything runs before the body is read. */
  readonly hasEarly: boolean;
  /** Whether any of them reads path, query, headers or cookies. */
  readonly hasParameters: boolean;
  /** Those that read the body, in the plan's order. */
  readonly contents: readonly DependencyContent[];
}

/** What the dependency at `index` of its plan needs of the body. */
export interface DependencyContent {
  readonly index: number;
  readonly dependency: AnyDependency;
  readonly part: BodyPart;
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
const compiledInputs = new WeakMap<object, Promise<CompiledInputs>>();
const noInputs: CompiledInputs = { parameters: [], content: undefined };

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
    const inputs = step.isReplaced ? noInputs : await compileInputs(step.dependency, used);
    steps.push({ ...step, ...inputs, isGiven: step.isReplaced || step.dependency.options.scope === "app" });
  }
  const contents = steps.flatMap(({ dependency, content }, index) =>
    content === undefined ? [] : [{ index, dependency, part: content }],
  );
  const hasEarly = steps.some(({ isEarly }) => isEarly);
  const hasParameters = steps.some(({ parameters }) => parameters.length > 0);
  return { given: plan.given, steps, contents, hasEarly, hasParameters };
}

async function giveAppValues(plan: CompiledPlan, appScope: AppScope): Promise<CompiledPlan> {
  const steps: CompiledDependency[] = [];
  for (const step of plan.steps) {
    const isOfApp = !step.isReplaced && step.dependency.options.scope === "app";
    steps.push(isOfApp ? { ...step, value: await appScope.start(step.dependency) } : step);
  }
  return { ...plan, steps };
}

async function compileInputs(dependency: AnyDependency, used: CompileUses): Promise<CompiledInputs> {
  const known = compiledInputs.get(dependency.identity) ?? compileOwn(dependency);
  compiledInputs.set(dependency.identity, known);
  const inputs = await known;
  const path = inputs.parameters.find(({ place }) => place === "path")?.schema.input;
  const missing = (path?.required ?? []).find((name) => !used.pathNames.includes(name));
  if (missing === undefined) return inputs;
  const message = `${used.where}: ${nameDependency(dependency)} needs the path parameter "${missing}", which the template does not have.`;
  throw new ApusError("APUS_PARAMETER_MISMATCH", message);
}

async function compileOwn(dependency: AnyDependency): Promise<CompiledInputs> {
  const parameters: ParameterStep[] = [];
  for (const place of places) {
    const schema = await compileNamed(dependency, place);
    if (schema !== undefined) parameters.push(compileParameterStep(place, schema));
  }
  const place = dependency.options.form === undefined ? "body" : "form";
  const schema = await compileNamed(dependency, place);
  return { parameters, content: schema === undefined ? undefined : compileBodyPart(place, schema) };
}

async function compileNamed(
  { options, declaredAt }: AnyDependency,
  place: ParameterPlace | "body" | "form",
): Promise<Schema | undefined> {
  const source = (options as DependencyOptions)[place];
  if (source === undefined) return undefined;
  try {
    return await compileSchema(source, { strip: false });
  } catch (error) {
    if (!(error instanceof ApusError)) throw error;
    const where = `The ${place} schema of the dependency at ${declaredAt}`;
    throw new ApusError(error.code, `${where} cannot be used: ${error.reason}`, { cause: error });
  }
}

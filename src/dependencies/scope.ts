/** The dependencies of one request: their inputs, their values, and their ends in reverse. */

import type { Issue } from "../errors/problem.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { chain, type MaybePromise } from "../http/maybe-promise.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { dependencyChannel, runStep } from "../http/trace-channels.ts";
import type { Logger } from "../log/logger.ts";
import { hasAnyParameter, readParameters } from "../parameters/read-parameters.ts";
import type { CompiledDependency, CompiledPlan } from "./compile-dependencies.ts";
import type { BackgroundTask, HandlerTools } from "./handler-tools.ts";
import { Provision } from "./provision.ts";

/** What the scope shares with its request. `path` holds what the route's converters made of the path. */
export interface ScopeContext extends HandlerTools {
  readonly path: unknown;
  readonly query: unknown;
  readonly headers: unknown;
  readonly cookies: unknown;
  readonly body: unknown;
  readonly form: unknown;
  readonly files: unknown;
}

const handlerPlaces = ["path", "query", "headers", "cookies", "body", "form", "files"] as const;
const noScopes: readonly string[] = Object.freeze([]);
const nothing: readonly Promise<unknown>[] = [];

/** The argument of one dependency's function; its inputs and what it uses are added by name. */
class ProvisionInput implements HandlerTools {
  readonly request: HttpRequest;
  readonly requestId: string;
  readonly scopes: readonly string[];
  readonly #context: ScopeContext;
  [name: string]: unknown;

  constructor(context: ScopeContext, scopes: readonly string[]) {
    this.request = context.request;
    this.requestId = context.requestId;
    this.scopes = scopes;
    this.#context = context;
  }

  // Made by the context only when they are asked for.
  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get log(): Logger {
    return this.#context.log;
  }

  get background(): (task: BackgroundTask) => void {
    return this.#context.background;
  }

  get response(): ResponseHead {
    return this.#context.response;
  }
}

interface OpenProvision {
  readonly index: number;
  readonly provision: Provision;
}

/** How an attempt ended. */
interface Failure {
  readonly error: unknown;
}

function beginTraced(provision: Provision, input: object): MaybePromise<unknown> {
  const { options, provide, declaredAt } = provision.dependency;
  const name: string = options.name ?? (provide as { readonly name: string }).name;
  return runStep(dependencyChannel, { name, declaredAt, run: () => provision.begin(input) });
}

export class DependencyScope {
  readonly #plan: CompiledPlan;
  readonly #context: ScopeContext;
  readonly #path: Readonly<Record<string, unknown>>;
  readonly #values: unknown[];
  readonly #inputs: (Readonly<Record<string, unknown>> | undefined)[] = [];
  /** Steps that cannot run: their inputs are wrong, or those of what they use. */
  readonly #isRefused: boolean[] = [];
  /** Values that are on their way, by place, in the plan's order; those that are rejected stay. */
  readonly #pending = new Map<number, Promise<unknown>>();
  readonly #begun: boolean[] = [];
  #open: OpenProvision[] = [];

  constructor(plan: CompiledPlan, context: ScopeContext) {
    this.#plan = plan;
    this.#context = context;
    this.#path = context.path as Readonly<Record<string, unknown>>;
    this.#values = plan.steps.map(({ value }) => value);
  }

  /** Reads the inputs of every dependency; issues are added to `issues`. */
  readInputs(issues: Issue[]): MaybePromise<unknown> {
    if (!this.#plan.hasParameters) return undefined;
    const { request } = this.#context;
    const readFrom = (index: number): MaybePromise<unknown> => {
      const step = this.#plan.steps[index];
      if (step === undefined) return undefined;
      const { parameters, dependency } = step;
      this.#isRefused[index] = step.uses.some(([, used]) => this.#isRefused[used] === true);
      if (parameters.length === 0) return readFrom(index + 1);
      if (dependency.options.optional === true && !hasAnyParameter(parameters, request)) {
        this.#begun[index] = true;
        return readFrom(index + 1);
      }
      const own: Issue[] = [];
      return chain(readParameters(parameters, { request, path: this.#path }, own), (values) => {
        this.#inputs[index] = { ...values };
        if (own.length > 0) this.#isRefused[index] = true;
        issues.push(...own);
        return readFrom(index + 1);
      });
    };
    return readFrom(0);
  }

  /** What the dependency at this place of the plan has made of the body. */
  giveContent(index: number, place: "body" | "form", value: unknown): void {
    this.#inputs[index] = { ...this.#inputs[index], [place]: value };
  }

  /** Runs what runs before the body is read, as far as its inputs are right. @throws what one of them throws */
  runEarly(): MaybePromise<unknown> {
    return this.#plan.hasEarly
      ? this.#run(({ isEarly }, index) => isEarly && this.#isRefused[index] !== true)
      : undefined;
  }

  /** Runs the others; what does not need another runs beside it. @throws what one of them throws */
  runRest(): MaybePromise<unknown> {
    return this.#run(() => true);
  }

  /** The handler's argument: tools, the inputs that have been read, and the values that it uses. */
  buildHandlerInput(): object {
    const input = new ProvisionInput(this.#context, noScopes);
    for (const place of handlerPlaces) {
      const value = this.#context[place];
      if (value !== undefined) input[place] = value;
    }
    for (const [name, index] of this.#plan.given) input[name] = this.#values[index];
    return input;
  }

  /** Ends what ends with the handler; the others are left. @throws what a clean-up throws */
  endHandler(): MaybePromise<void> {
    return this.#open.length === 0 ? undefined : this.#endHandler();
  }

  async #endHandler(): Promise<void> {
    const failure = await this.#end(({ dependency }) => dependency.options.until === "handler", undefined);
    if (failure !== undefined) throw failure.error;
  }

  /** Whether something is left to be cleaned up. */
  get isOpen(): boolean {
    return this.#open.length > 0;
  }

  /** Ends everything that is left. @throws what a clean-up throws */
  async endResponse(failure: Failure | undefined): Promise<void> {
    const ended = await this.#end(() => true, failure);
    if (ended !== undefined && ended !== failure) throw ended.error;
  }

  /** Ends everything with the error that ended the request; gives the error that is to be answered. */
  async fail(thrown: unknown): Promise<unknown> {
    await Promise.allSettled(this.#pending.values());
    const failure = await this.#end(() => true, { error: thrown });
    return (failure as Failure).error;
  }

  #run(chosen: (step: CompiledDependency, index: number) => boolean): MaybePromise<unknown> {
    const { steps } = this.#plan;
    for (let index = 0; index < steps.length; index += 1) {
      const step = steps[index] as CompiledDependency;
      if (step.isGiven || this.#begun[index] === true || !chosen(step, index)) continue;
      this.#begun[index] = true;
      const awaited = this.#pending.size === 0 ? nothing : this.#listPending(step);
      const begun = awaited.length === 0 ? this.#begin(index) : Promise.all(awaited).then(() => this.#begin(index));
      if (begun instanceof Promise) this.#pending.set(index, this.#watch(begun, index));
    }
    return this.#pending.size === 0 ? undefined : this.#settle();
  }

  #listPending({ uses }: CompiledDependency): readonly Promise<unknown>[] {
    return uses.map(([, used]) => this.#pending.get(used)).filter((used) => used !== undefined);
  }

  #begin(index: number): MaybePromise<unknown> {
    const { dependency, scopes, uses } = this.#plan.steps[index] as CompiledDependency;
    const input = new ProvisionInput(this.#context, scopes);
    const inputs = this.#inputs[index];
    if (inputs !== undefined) Object.assign(input, inputs);
    for (const [name, used] of uses) input[name] = this.#values[used];
    const provision = new Provision(dependency);
    const begun = dependencyChannel.hasSubscribers ? beginTraced(provision, input) : provision.begin(input);
    return chain(begun, (value) => {
      this.#values[index] = value;
      if (provision.isOpen) this.#open.push({ index, provision });
    });
  }

  /** A rejection is looked at when all have settled; until then it must not count as lost. */
  #watch(begun: Promise<unknown>, index: number): Promise<unknown> {
    const watched = begun.then((value) => {
      this.#pending.delete(index);
      return value;
    });
    watched.catch(() => {});
    return watched;
  }

  /** Waits for all, so that nothing is under way when the clean-up begins; the first failure in the plan's order counts. */
  async #settle(): Promise<void> {
    const results = await Promise.allSettled(this.#pending.values());
    const failed = results.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  /** In reverse of the plan's order, one after the other; gives the failure that remains. */
  async #end(chosen: (provision: Provision) => boolean, failure: Failure | undefined): Promise<Failure | undefined> {
    const ending: OpenProvision[] = [];
    const left: OpenProvision[] = [];
    for (const open of this.#open) (chosen(open.provision) ? ending : left).push(open);
    this.#open = left;
    ending.sort((a, b) => b.index - a.index);
    let remaining = failure;
    for (const { provision } of ending) {
      try {
        await provision.end(remaining);
      } catch (error) {
        if (error !== remaining?.error) remaining = { error };
      }
    }
    return remaining;
  }
}

/** The journey of a matched request, one line per step: parameters, dependencies, body, handler, response. */

import type { CompiledPlan, OperationDependencies } from "../dependencies/compile-dependencies.ts";
import { DependencyScope } from "../dependencies/scope.ts";
import { ValidationError } from "../errors/http-error.ts";
import type { Issue } from "../errors/problem.ts";
import { abandonResponse } from "../http/abandon-response.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { chain, settle, type MaybePromise } from "../http/maybe-promise.ts";
import { handlerChannel, runStep, serializationChannel } from "../http/trace-channels.ts";
import type { FormatStep } from "../parameters/compile-body-format.ts";
import { readBody } from "../parameters/read-body.ts";
import { readParameters } from "../parameters/read-parameters.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import { readForm } from "./read-form.ts";
import type { RequestContext } from "./request-context.ts";
import { readSharedContent } from "./shared-content.ts";
import { toResponse } from "./to-response.ts";

/**
 * Runs one operation; `context.path` holds what the route's converters made of the path.
 * @throws ValidationError with every issue of every place; whatever a dependency or the handler throws.
 */
export function runOperation(operation: CompiledOperation, context: RequestContext): MaybePromise<HttpResponse> {
  if (operation.dependencies !== undefined) return runWithDependencies(operation, operation.dependencies, context);
  const issues: Issue[] = [];
  return chain(readInputs(operation, context, issues), () =>
    chain(readContent(operation, context, issues), () => {
      refuse(issues);
      return answerWith(operation, context, context);
    }),
  );
}

/** One request of an operation that uses dependencies, between its steps. */
interface DependentRun {
  readonly operation: CompiledOperation;
  readonly context: RequestContext;
  readonly plan: CompiledPlan;
  readonly scope: DependencyScope;
  readonly issues: Issue[];
  response: HttpResponse | undefined;
}

/** Nobody who is refused by what the handler needs beside its inputs has a body read. */
const dependentSteps: readonly ((run: DependentRun) => unknown)[] = [
  ({ operation, context, issues }) => readInputs(operation, context, issues),
  ({ scope, issues }) => scope.readInputs(issues),
  ({ scope }) => scope.runEarly(),
  ({ operation, plan, scope, context, issues }) =>
    plan.contents.length === 0
      ? readContent(operation, context, issues)
      : readSharedContent(operation, { plan, scope, context }, issues),
  ({ issues }) => refuse(joinIssues(issues)),
  ({ scope }) => scope.runRest(),
  callHandler,
  ({ scope }) => scope.endHandler(),
];

function callHandler(run: DependentRun): unknown {
  const { operation, context, scope } = run;
  const input = scope.buildHandlerInput() as RequestContext;
  return chain(answerWith(operation, context, input), (response) => {
    run.response = response;
  });
}

/** Calls the handler with its input, and makes a response of what it gives. */
function answerWith(
  operation: CompiledOperation,
  context: RequestContext,
  input: RequestContext,
): MaybePromise<HttpResponse> {
  if (handlerChannel.hasSubscribers) return answerTraced(operation, context, input);
  return chain(settle(operation.handler(input)), (value) => toResponse(operation, context, value));
}

function answerTraced(
  operation: CompiledOperation,
  context: RequestContext,
  input: RequestContext,
): MaybePromise<HttpResponse> {
  const { method, declaredAt } = operation.operation;
  const place = { method, route: operation.template.source, declaredAt };
  const handled = runStep(handlerChannel, { ...place, run: () => settle(operation.handler(input)) });
  return chain(handled, (value) => {
    const step = { ...place, run: () => toResponse(operation, context, value) };
    return runStep(serializationChannel, step) as MaybePromise<HttpResponse>;
  });
}

function runWithDependencies(
  operation: CompiledOperation,
  dependencies: OperationDependencies,
  context: RequestContext,
): MaybePromise<HttpResponse> {
  return chain(dependencies.current(), (plan) => {
    const scope = new DependencyScope(plan, context);
    const run: DependentRun = { operation, context, plan, scope, issues: [], response: undefined };
    try {
      const done = runSteps(run, 0);
      return done instanceof Promise
        ? done.then(
            () => finish(run),
            (error: unknown) => fail(run, error),
          )
        : finish(run);
    } catch (error) {
      return fail(run, error);
    }
  });
}

/** Without a promise where no step has one: three functions cost a third of what they did with one (bench/micro/journey.ts). */
function runSteps(run: DependentRun, first: number): MaybePromise<void> {
  for (let index = first; index < dependentSteps.length; index += 1) {
    const done = dependentSteps[index]?.(run);
    if (done instanceof Promise) return done.then(() => runSteps(run, index + 1));
  }
}

function finish({ scope, context, response }: DependentRun): HttpResponse {
  if (scope.isOpen) {
    context.onFinished((failure) => scope.endResponse(failure === undefined ? undefined : { error: failure }));
  }
  return response as HttpResponse;
}

async function fail({ scope, response }: DependentRun, error: unknown): Promise<never> {
  if (response !== undefined) abandonResponse(response, error);
  throw await scope.fail(error);
}

function readInputs({ parameters }: CompiledOperation, context: RequestContext, issues: Issue[]): unknown {
  if (parameters.length === 0) return undefined;
  const { request } = context;
  const path = context.path as Readonly<Record<string, unknown>>;
  return chain(readParameters(parameters, { request, path }, issues), (values) => context.assign(values));
}

function readContent(operation: CompiledOperation, context: RequestContext, issues: Issue[]): unknown {
  const { body, form, format } = operation;
  if (form !== undefined) {
    return chain(readForm(form, context, issues), ([value]) => {
      context.form = value;
    });
  }
  if (body === undefined) return format === undefined ? undefined : receiveBody(format, context, issues);
  return chain(readBody(body, context.request, issues), (value) => {
    context[body.place] = value;
  });
}

/** What is refused already has nothing received for it. */
function receiveBody(format: FormatStep, context: RequestContext, issues: readonly Issue[]): unknown {
  if (issues.length > 0) return undefined;
  return chain(format.receive(context), (value) => {
    context.body = value;
  });
}

/** What an operation and its dependencies say of one input is said once. */
function joinIssues(issues: readonly Issue[]): readonly Issue[] {
  if (issues.length < 2) return issues;
  const joined = new Map<string, Issue>();
  for (const issue of issues) {
    const key = `${issue.in} ${issue.pointer} ${issue.code} ${issue.message}`;
    if (!joined.has(key)) joined.set(key, issue);
  }
  return [...joined.values()];
}

function refuse(issues: readonly Issue[]): void {
  if (issues.length > 0) throw new ValidationError(issues);
}

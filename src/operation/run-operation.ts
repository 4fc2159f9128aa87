/** The journey of a matched request, one line per step: parameters, dependencies, body, handler, response. */

import type { OperationDependencies } from "../dependencies/compile-dependencies.ts";
import { DependencyScope } from "../dependencies/scope.ts";
import { ValidationError } from "../errors/http-error.ts";
import type { Issue } from "../errors/problem.ts";
import { abandonResponse } from "../http/abandon-response.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { chain, settle, type MaybePromise } from "../http/maybe-promise.ts";
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
      return chain(settle(operation.handler(context)), (value) => toResponse(operation, context, value));
    }),
  );
}

/** The same with what the handler needs beside its inputs: nobody who is refused by it has a body read. */
async function runWithDependencies(
  operation: CompiledOperation,
  dependencies: OperationDependencies,
  context: RequestContext,
): Promise<HttpResponse> {
  const issues: Issue[] = [];
  const current = dependencies.current();
  const plan = current instanceof Promise ? await current : current;
  const scope = new DependencyScope(plan, context);
  let response: HttpResponse | undefined;
  try {
    await readInputs(operation, context, issues);
    await scope.readInputs(issues);
    await scope.runEarly();
    if (plan.contents.length === 0) await readContent(operation, context, issues);
    else await readSharedContent(operation, { plan, scope, context }, issues);
    refuse(joinIssues(issues));
    await scope.runRest();
    const input = scope.buildHandlerInput() as RequestContext;
    response = await toResponse(operation, context, await operation.handler(input));
    await scope.endHandler();
  } catch (error) {
    if (response !== undefined) abandonResponse(response, error);
    throw await scope.fail(error);
  }
  if (scope.isOpen)
    context.onFinished((failure) => scope.endResponse(failure === undefined ? undefined : { error: failure }));
  return response;
}

function readInputs({ parameters }: CompiledOperation, context: RequestContext, issues: Issue[]): unknown {
  if (parameters.length === 0) return undefined;
  const { request } = context;
  const path = context.path as Readonly<Record<string, unknown>>;
  return chain(readParameters(parameters, { request, path }, issues), (values) => context.assign(values));
}

function readContent({ body, form }: CompiledOperation, context: RequestContext, issues: Issue[]): unknown {
  if (form !== undefined) {
    return chain(readForm(form, context, issues), ([value]) => {
      context.form = value;
    });
  }
  if (body === undefined) return undefined;
  return chain(readBody(body, context.request, issues), (value) => {
    context[body.place] = value;
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

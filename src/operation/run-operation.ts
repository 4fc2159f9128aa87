/** The journey of a matched request, one line per step: parameters, body, handler, response. */

import { ValidationError } from "../errors/http-error.ts";
import type { Issue } from "../errors/problem.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { chain, settle, type MaybePromise } from "../http/maybe-promise.ts";
import { readBody, type BodyStep } from "../parameters/read-body.ts";
import { readParameters } from "../parameters/read-parameters.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import type { RequestContext } from "./request-context.ts";
import { toResponse } from "./to-response.ts";

/**
 * Runs one operation; `context.path` holds what the route's converters made of the path.
 * @throws ValidationError with every issue of every place; whatever the handler throws.
 */
export function runOperation(operation: CompiledOperation, context: RequestContext): MaybePromise<HttpResponse> {
  const issues: Issue[] = [];
  return chain(readInputs(operation, context, issues), () => {
    if (issues.length > 0) throw new ValidationError(issues);
    const { handler } = operation;
    return chain(settle(handler(context)), (value) => toResponse(operation, context, value));
  });
}

function readInputs(operation: CompiledOperation, context: RequestContext, issues: Issue[]): unknown {
  const { parameters, body } = operation;
  const { request } = context;
  if (parameters.length === 0) return body === undefined ? undefined : readContent(body, context, issues);
  const path = context.path as Readonly<Record<string, unknown>>;
  return chain(readParameters(parameters, { request, path }, issues), (values) => {
    context.assign(values);
    return body === undefined ? undefined : readContent(body, context, issues);
  });
}

function readContent(body: BodyStep, context: RequestContext, issues: Issue[]): unknown {
  return chain(readBody(body, context.request, issues), (value) => {
    context[body.place] = value;
  });
}

/** The journey of a matched request, one line per step: parameters, body, handler, response. */

import { ValidationError } from "../errors/http-error.ts";
import type { Issue } from "../errors/problem.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { readBody } from "../parameters/read-body.ts";
import { readParameters } from "../parameters/read-parameters.ts";
import type { CompiledOperation } from "./compile-operation.ts";
import type { RequestContext } from "./request-context.ts";
import { toResponse } from "./to-response.ts";

/**
 * Runs one operation; `context.path` holds what the route's converters made of the path.
 * @throws ValidationError with every issue of every place; whatever the handler throws.
 */
export async function runOperation(operation: CompiledOperation, context: RequestContext): Promise<HttpResponse> {
  const issues: Issue[] = [];
  if (operation.parameters.length > 0) {
    const path = context.path as Readonly<Record<string, unknown>>;
    context.assign(await readParameters(operation.parameters, { request: context.request, path }, issues));
  }
  if (operation.body !== undefined) {
    context[operation.body.place] = await readBody(operation.body, context.request, issues);
  }
  if (issues.length > 0) throw new ValidationError(issues);
  return toResponse(operation, context, await operation.handler(context));
}

/** Turns whatever a request ended with into its answer, and remembers it for the request's one log line. */

import { ApusError } from "../errors/apus-error.ts";
import { ClientGoneError } from "../errors/client-gone-error.ts";
import { HttpError, ValidationError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import type { CompiledOperation } from "../operation/compile-operation.ts";
import { encodeJson } from "../operation/encode-json.ts";
import { Reply } from "../operation/reply.ts";
import type { RequestContext } from "../operation/request-context.ts";
import { listIssues, toResponse } from "../operation/to-response.ts";
import { buildProblemResponse, findErrorHandler, type ErrorHandlerEntry } from "./error-handlers.ts";

/** Status in the log of a request whose client went away; nobody is left to read it. */
export const clientGoneStatus: number = 499;

export interface ErrorScope {
  readonly levels: readonly (readonly ErrorHandlerEntry[])[];
  readonly operation: CompiledOperation | undefined;
}

/** Never throws: whatever fails while an error is answered is answered in its place, and logged with it. */
export async function answerError(context: RequestContext, thrown: unknown, scope: ErrorScope): Promise<HttpResponse> {
  context.resetResponse();
  if (isDeparture(thrown, context)) return { status: clientGoneStatus, headers: [], body: null };
  const error = readError(thrown);
  context.failure = error;
  try {
    const handler = findErrorHandler(scope.levels, error);
    const answer = handler === undefined ? undefined : await handler(error, context);
    if (answer instanceof Reply || answer instanceof Response) return await toResponse(undefined, context, answer);
    if (answer === undefined) return await buildDeclaredProblem(context, error, scope.operation);
    throw new ApusError(
      "APUS_INVALID_RESPONSE",
      "An error handler returned neither a reply, a Response nor undefined.",
    );
  } catch (second) {
    return answerSecond(context, error, readError(second));
  }
}

/** The answer to an error of the answer to an error. */
function answerSecond(context: RequestContext, error: Error, second: Error): HttpResponse {
  context.resetResponse();
  if (second !== error) {
    context.failure = new AggregateError([second, error], `An error could not be answered: ${second.message}`);
  }
  try {
    return buildProblemResponse(second);
  } catch {
    return buildProblemResponse(undefined);
  }
}

/** The client has gone, and this error is only work that was stopped because of it. */
function isDeparture(thrown: unknown, context: RequestContext): boolean {
  if (thrown instanceof ClientGoneError) return true;
  // Asked before the signal, which the engine only makes when somebody asks for it.
  if (thrown instanceof HttpError) return false;
  const { aborted, reason } = context.signal;
  return aborted && (thrown === reason || (thrown instanceof Error && thrown.name === "AbortError"));
}

/** An error of a status that the operation declares is stripped by the declared schema. */
async function buildDeclaredProblem(
  context: RequestContext,
  error: Error,
  operation: CompiledOperation | undefined,
): Promise<HttpResponse> {
  if (!(error instanceof HttpError) || error instanceof ValidationError) return buildProblemResponse(error);
  const schema = operation?.errors.get(error.status)?.schema;
  if (schema === undefined) return buildProblemResponse(error);
  const problem = error.toProblem();
  const result = await schema.validate(problem);
  if (result.issues !== undefined) {
    const message = `The error ${error.status} of ${context.route} does not fit its declared schema: ${listIssues(result.issues)}`;
    context.failure = new ApusError("APUS_INVALID_RESPONSE", message, { cause: error });
    return buildProblemResponse(undefined);
  }
  const { type, title, status, detail, instance } = problem;
  const declared = { type, title, status, detail, instance, ...(result.value as object) };
  const { headers } = buildProblemResponse(error);
  return { status: error.status, headers, body: encodeJson(declared) };
}

function readError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const kind = thrown === null ? "null" : `a ${typeof thrown}`;
  return new Error(`The request ended with ${kind} thrown instead of an Error.`, { cause: thrown });
}

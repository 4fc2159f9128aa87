/** Lets a response go, or only its content, that nobody will send. */

import type { HttpResponse, ResponseBody } from "./http-response.ts";

/** Tells the source of a stream that nobody reads it; what it says to that goes to the process's warnings. */
export function releaseBody(body: ResponseBody): void {
  if (body === null || typeof body !== "object" || body instanceof Uint8Array) return;
  const release = async (): Promise<unknown> => body[Symbol.asyncIterator]().return?.();
  release().catch(warn);
}

/** Releases the content of an answer that another one has replaced, and tells it why it never left. */
export function abandonResponse({ body, finished }: HttpResponse, failure: unknown): void {
  releaseBody(body);
  try {
    finished?.(failure);
  } catch (error) {
    warn(error);
  }
}

/** Tells the process of a failure that no answer can carry any more. */
export function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}

/** Rejections that nobody awaited: tied to their request and logged, or left to Node when they belong to none. */

import { currentRequest } from "../http/current-request.ts";
import type { RequestContext } from "../operation/request-context.ts";

let users = 0;

const onRejection = (reason: unknown): void => {
  const context = currentRequest.getStore() as RequestContext | undefined;
  if (context === undefined) {
    // What Node does by itself when nobody listens: an error outside every request ends the process.
    if (process.listenerCount("unhandledRejection") === 1) throw reason;
    return;
  }
  const error =
    reason instanceof Error ? reason : new Error("A promise was rejected with no Error.", { cause: reason });
  context.log.error("A promise of this request was rejected and nobody awaited it", { error });
};

/** From now on a request's forgotten rejections are logged with the request; the returned function ends that. */
export function watchLateRejections(): () => void {
  if (users === 0) process.on("unhandledRejection", onRejection);
  users += 1;
  let watching = true;
  return () => {
    if (!watching) return;
    watching = false;
    users -= 1;
    if (users === 0) process.off("unhandledRejection", onRejection);
  };
}

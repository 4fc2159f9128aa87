/** The failures of a message whose other side went away. */

import { ClientGoneError } from "../errors/client-gone-error.ts";

/** Of a body whose sender went away. */
export function bodyCut(): ClientGoneError {
  return new ClientGoneError("while it was sending its body");
}

/** Of an answer whose reader went away. */
export function answerCut(): ClientGoneError {
  return new ClientGoneError("before its answer was complete");
}

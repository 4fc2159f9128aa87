/** The client went away before its request or its answer was complete: nobody is left to answer. */

export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";

  constructor(when: string) {
    super(`The client went away ${when}.`);
  }
}

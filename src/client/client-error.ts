/** The error of a typed client's call: the answer was an error, was not JSON, or did not come. */

import type { Problem } from "../errors/problem.ts";

export class ClientError extends Error {
  override readonly name = "ClientError";
  /** Status of the answer; 0 when there was none. */
  readonly status: number;
  /** The problem document, when the answer was one. */
  readonly problem: (Problem & Readonly<Record<string, unknown>>) | undefined;
  /** The answer itself, its body read already. */
  readonly response: Response | undefined;

  constructor(message: string, answer: Pick<ClientError, "problem" | "response">, options?: ErrorOptions) {
    super(message, options);
    this.status = answer.response?.status ?? 0;
    this.problem = answer.problem;
    this.response = answer.response;
  }
}

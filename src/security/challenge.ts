/** What a request without fitting credentials is answered with: a 401 and its challenge (RFC 9110 §11.6.1). */

import { HttpError } from "../errors/http-error.ts";

/** An authentication scheme and its parameters, as `www-authenticate` names them. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string | undefined>>;
}

/** The request has no credentials for a scheme; those of another may be there. */
export class MissingCredentials extends HttpError {
  override readonly name: string = "MissingCredentials";
  readonly challenges: readonly Challenge[];

  constructor(challenges: readonly Challenge[]) {
    super(401, "The request has no credentials.", { headers: { "www-authenticate": encodeChallenges(challenges) } });
    this.challenges = challenges;
  }
}

/**
 * A 401 for credentials that are not accepted. It does not say why: that would help who guesses.
 * It says nothing of caching either, since no cache keeps a 401 that does not ask for it (RFC 9111 §3).
 */
export function refuseCredentials(challenge: Challenge): HttpError {
  const headers = { "www-authenticate": encodeChallenges([challenge]) };
  return new HttpError(401, "The credentials are not accepted.", { headers });
}

/** The value of `www-authenticate`: each scheme with its parameters as quoted text. */
export function encodeChallenges(challenges: readonly Challenge[]): string {
  return challenges
    .map(({ scheme, parameters }) => {
      const pairs = Object.entries(parameters).flatMap(([name, value]) =>
        value === undefined ? [] : [`${name}=${quote(value)}`],
      );
      return pairs.length === 0 ? scheme : `${scheme} ${pairs.join(", ")}`;
    })
    .join(", ");
}

/** A quoted-string (RFC 9110 §5.6.4); what cannot stand in one becomes "?". */
function quote(text: string): string {
  return `"${text.replaceAll(/[^ -~]/g, "?").replaceAll(/["\\]/g, "\\$&")}"`;
}

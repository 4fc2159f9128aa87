/** Bearer tokens (RFC 6750): whoever holds the token may use it. */

import { HttpError } from "../errors/http-error.ts";
import type { SecurityUse } from "../dependencies/dependency.ts";
import { isToken68, readAuthorization } from "./authorization-field.ts";
import { encodeChallenges } from "./challenge.ts";
import { checkSchemeOptions, createScheme, type Scheme, type SchemeOptions } from "./scheme.ts";

export interface TokenOptions<Result, Optional> extends SchemeOptions<string, Result, Optional> {
  /** The scheme's name in the documentation. */
  readonly name?: string | undefined;
  /** Names the protected space in the challenge. */
  readonly realm?: string | undefined;
}

export interface BearerOptions<Result, Optional> extends TokenOptions<Result, Optional> {
  /** What tokens look like, for the documentation: "JWT". */
  readonly bearerFormat?: string | undefined;
}

/**
 * The token of `authorization: Bearer …`, or what `verify` makes of it. Without a token the answer is a 401; a token that
 * is malformed or not verified is a 401 with `error="invalid_token"`, a repeated field a 400 (RFC 6750 §3.1).
 * @throws ApusError APUS_BAD_OPTION
 */
export function bearer<Result = string, Optional extends boolean = false>(
  options: BearerOptions<Result, Optional> = {},
): Scheme<Result, Optional> {
  checkSchemeOptions("bearer", options, [...tokenOptionNames, "bearerFormat"]);
  const { name = "bearer", description, bearerFormat } = options;
  const scheme = {
    type: "http",
    scheme: "bearer",
    ...(bearerFormat !== undefined && { bearerFormat }),
    ...(description !== undefined && { description }),
  };
  return createTokenScheme("bearer", options, { name, scheme });
}

/** The options that every scheme with bearer tokens has. */
export const tokenOptionNames: readonly string[] = ["name", "description", "optional", "verify", "realm"];

/** A scheme whose credentials are a bearer token, whatever it is documented as. */
export function createTokenScheme<Result, Optional extends boolean>(
  factory: string,
  options: TokenOptions<Result, Optional>,
  use: SecurityUse,
): Scheme<Result, Optional> {
  const { realm } = options;
  const challenge = { scheme: "Bearer", parameters: { realm } };
  return createScheme<string>({
    factory,
    use,
    options,
    challenge,
    refusal: { error: "invalid_token" },
    read: ({ headers }, refused) => {
      const found = readAuthorization(headers, "bearer");
      if (found === undefined) return undefined;
      if (found === "repeated") throw refuseRepeated(realm);
      if (!isToken68(found.credentials)) throw refused();
      return found.credentials;
    },
  }) as Scheme<Result, Optional>;
}

function refuseRepeated(realm: string | undefined): HttpError {
  const challenge = encodeChallenges([{ scheme: "Bearer", parameters: { realm, error: "invalid_request" } }]);
  return new HttpError(400, "The authorization field was sent more than once.", {
    headers: { "www-authenticate": challenge },
  });
}

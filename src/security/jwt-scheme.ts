/** JSON Web Tokens (RFC 7519) as a security scheme: signature, issuer, audience, times and scopes are verified. */

import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions } from "jose";
import type { Dependency } from "../dependencies/dependency.ts";
import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import type { Logger } from "../log/logger.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import type { AnySchema, InferOutput } from "../schema/standard-schema.ts";
import { bearer } from "./bearer.ts";
import { compileKeys, type JwtKeyOptions, type JwtVerifier } from "./jwt-keys.ts";
import { requireScopes } from "./required-scopes.ts";
import { refusalOf, registerScheme, runScheme, type VerifyTools } from "./scheme.ts";

/** The claims of a verified token; times are in seconds since 1970. */
export interface JwtClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string | string[];
  readonly jti?: string;
  readonly nbf?: number;
  readonly exp?: number;
  readonly iat?: number;
  readonly [claim: string]: unknown;
}

/** Times in seconds. */
export interface JwtOptions<Token, Claims, Optional> extends JwtKeyOptions {
  /** Where the token is; `bearer({ bearerFormat: "JWT" })` by default. Its name and its 401 are this one's. */
  readonly scheme?: Dependency<Token> | undefined;
  /** Who may have signed; false does not look. */
  readonly issuer: string | readonly string[] | false;
  /** Whom the token must be for; false does not look. */
  readonly audience: string | readonly string[] | false;
  /** The header's `typ`, such as "at+jwt" (RFC 9068), so that tokens for something else are refused. */
  readonly typ?: string | undefined;
  /** How much the clocks may differ; 5 by default. */
  readonly clockTolerance?: number | undefined;
  /** How old a token may be, by its `iat`. */
  readonly maxAge?: number | undefined;
  /** Whether a token must say when it ends; true by default. */
  readonly requireExp?: boolean | undefined;
  /** The claim with the scopes, as text or list; "scope" by default. */
  readonly scopeClaim?: string | undefined;
  /** What the claims must fit; the value is what it makes of them. */
  readonly claims?: Claims | undefined;
  /** Gives undefined without a token. With `scheme`, make that one optional instead. */
  readonly optional?: Optional | undefined;
}

/** The claims as `claims` gives them. */
type ClaimsOf<Claims> = Claims extends AnySchema ? InferOutput<Claims> : JwtClaims;

/** Conditional as a whole, so that nothing is inferred from the place where it is used. */
type JwtScheme<Token, Claims, Optional> = [Token, Claims, Optional] extends [infer T, infer C, infer O]
  ? Dependency<ClaimsOf<C> | (undefined extends T ? undefined : never) | (O extends true ? undefined : never)>
  : never;

const known: readonly (keyof JwtOptions<unknown, unknown, boolean>)[] = [
  ...(["algorithms", "secret", "key", "jwks", "jwksFetch", "scheme", "issuer", "audience", "typ"] as const),
  ...(["clockTolerance", "maxAge", "requireExp", "scopeClaim", "claims", "optional"] as const),
];

/**
 * The claims of a verified token. A token that is not valid is the scheme's 401, and only a debug line says why; scopes
 * that it lacks are a 403; keys that cannot be fetched a 503.
 * @throws ApusError APUS_BAD_OPTION
 */
export function jwt<
  Token extends string | undefined = string,
  Claims extends AnySchema | undefined = undefined,
  Optional extends boolean = false,
>(options: JwtOptions<Token, Claims, Optional>): JwtScheme<Token, Claims, Optional> {
  checkOptions(options);
  const { scheme = bearer({ bearerFormat: "JWT", optional: options.optional === true }), scopeClaim = "scope" } =
    options;
  const refused = refusalOf(scheme, "jwt({ scheme })");
  const plan: JwtPlan = {
    verifier: compileKeys(options),
    rules: compileRules(options),
    claims: options.claims,
    scopeClaim,
    refused,
  };
  const provide = async (tools: VerifyTools): Promise<unknown> => {
    const token = await runScheme(scheme, tools);
    return token === undefined ? undefined : verifyToken(plan, token, tools);
  };
  const { security = [], optional = false } = scheme.options;
  return registerScheme({ factory: "jwt", security, optional, provide, refused }) as JwtScheme<Token, Claims, Optional>;
}

interface JwtPlan {
  readonly verifier: JwtVerifier;
  readonly rules: JWTVerifyOptions;
  readonly claims: AnySchema | undefined;
  readonly scopeClaim: string;
  readonly refused: () => Error;
}

async function verifyToken(plan: JwtPlan, token: unknown, { scopes, log }: VerifyTools): Promise<unknown> {
  if (typeof token !== "string") {
    throw new ApusError("APUS_BAD_OPTION", "jwt({ scheme }) gave something else than the text of a token.");
  }
  const refuse = (reason: string): Error => {
    // At debug, since every guess of a stranger would write a line.
    log.debug("A credential was refused.", { reason });
    return plan.refused();
  };
  const payload = await readPayload(plan, token, { refuse, log });
  const value = plan.claims === undefined ? payload : await readClaims(plan.claims, payload, refuse);
  requireScopes(readScopes(payload, plan.scopeClaim), scopes);
  return value;
}

type Refuse = (reason: string) => Error;

async function readPayload(
  { verifier, rules }: JwtPlan,
  token: string,
  { refuse, log }: { readonly refuse: Refuse; readonly log: Logger },
): Promise<JWTPayload> {
  if (!verifier.isSigned(token)) throw refuse("the algorithm or the signature");
  try {
    const { payload } = await jwtVerify(token, verifier.key, rules);
    // A number that JSON reads as Infinity would never pass.
    const endless = ["exp", "nbf", "iat"].find(
      (name) => payload[name] !== undefined && !Number.isFinite(payload[name]),
    );
    if (endless !== undefined) throw refuse(`the claim ${endless}`);
    return payload;
  } catch (error) {
    if (error instanceof HttpError) throw error;
    if (error instanceof errors.JOSEError) {
      throw refuse("claim" in error ? `${error.code}, ${String(error.claim)}` : error.code);
    }
    // A token chooses among the keys of a set, so that a bad one there must not be a 500 for whoever asks.
    log.warn("A key of the issuer's cannot be used.", { error });
    throw refuse("an unusable key");
  }
}

async function readClaims(schema: AnySchema, payload: JWTPayload, refuse: Refuse): Promise<unknown> {
  const result = await schema["~standard"].validate(payload);
  if (result.issues === undefined) return result.value;
  throw refuse("claims that do not fit their schema");
}

/** Text with spaces between (RFC 8693 §4.2), or a list as many issuers have it. */
function readScopes(payload: JWTPayload, claim: string): readonly string[] {
  const granted: unknown = Object.hasOwn(payload, claim) ? payload[claim] : undefined;
  if (typeof granted === "string") return granted.split(" ");
  return Array.isArray(granted) ? granted.filter((scope) => typeof scope === "string") : [];
}

function compileRules(options: JwtOptions<unknown, unknown, boolean>): JWTVerifyOptions {
  const { algorithms, issuer, audience, typ, clockTolerance = 5, maxAge, requireExp = true } = options;
  return {
    algorithms: [...algorithms],
    clockTolerance,
    requiredClaims: requireExp ? ["exp"] : [],
    ...(issuer !== false && { issuer: typeof issuer === "string" ? issuer : [...issuer] }),
    ...(audience !== false && { audience: typeof audience === "string" ? audience : [...audience] }),
    ...(typ !== undefined && { typ }),
    ...(maxAge !== undefined && { maxTokenAge: maxAge }),
  };
}

function checkOptions(options: JwtOptions<unknown, AnySchema | undefined, boolean>): void {
  const check = new CheckedOptions("jwt", options, known);
  for (const name of ["issuer", "audience"] as const) {
    if (!isNames(options[name])) check.refuse(name, "text, a list of texts, or false to accept any");
  }
  for (const name of ["typ", "scopeClaim"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && (typeof value !== "string" || value === "")) check.refuse(name, "text");
  }
  check.whole("clockTolerance", 0, 300);
  check.whole("maxAge", 1);
  check.kind("requireExp", "boolean");
  check.kind("optional", "boolean");
  if (options.claims !== undefined && typeof options.claims?.["~standard"]?.validate !== "function") {
    check.refuse("claims", "a Standard Schema");
  }
  if (options.scheme !== undefined && options.optional !== undefined) {
    check.refuse("optional", 'left out beside "scheme": make the scheme optional');
  }
}

function isNames(value: unknown): boolean {
  if (value === false) return true;
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  return names.length > 0 && names.every((name) => typeof name === "string" && name !== "");
}

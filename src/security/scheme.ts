/** Makes a security scheme: a dependency that reads credentials, has them verified, and describes itself. */

import { dependency, isDependency, type Dependency, type SecurityUse } from "../dependencies/dependency.ts";
import { ApusError } from "../errors/apus-error.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { chain, settle } from "../http/maybe-promise.ts";
import type { Logger } from "../log/logger.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { MissingCredentials, refuseCredentials, type Challenge } from "./challenge.ts";

/** What `verify` is given beside the credentials. */
export interface VerifyTools {
  /** Scopes that those who use the scheme ask for, added up; see `requireScopes()`. */
  readonly scopes: readonly string[];
  readonly request: HttpRequest;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** Says whose credentials they are. Nothing (undefined, null) or false: a 401. */
export type Verify<Credentials, Result> = (credentials: Credentials, tools: VerifyTools) => Result;

/** What a scheme gives when `verify` has accepted the credentials. */
export type Verified<Result> = Exclude<Awaited<Result>, undefined | null | false>;

/**
 * A scheme as a dependency; `Optional` adds undefined. Conditional as a whole, so that nothing is inferred from the place
 * where it is used: the type that a `use` expects would take the place of the defaults.
 */
export type Scheme<Result, Optional> = [Result, Optional] extends [infer R, infer O]
  ? Dependency<Verified<R> | (O extends true ? undefined : never)>
  : never;

/** What every scheme may be told. */
export interface SchemeOptions<Credentials, Result, Optional> {
  readonly description?: string | undefined;
  /** Gives undefined when a request has no credentials of this scheme; wrong ones are a 401 all the same. */
  readonly optional?: Optional | undefined;
  /** Without it the value is the credentials, unverified. */
  readonly verify?: Verify<Credentials, Result> | undefined;
}

export interface SchemePlan<Credentials> {
  /** The factory that the user called. */
  readonly factory: string;
  readonly use: SecurityUse;
  readonly options: SchemeOptions<Credentials, unknown, boolean>;
  readonly challenge: Challenge;
  /** What a refusal adds to the challenge, such as `error`. */
  readonly refusal?: Challenge["parameters"];
  /** The credentials; undefined when there are none. `refused` is the error for those that cannot be read. */
  readonly read: (request: HttpRequest, refused: () => Error) => Credentials | undefined;
}

const refusals = new WeakMap<object, () => Error>();

/** Makes the dependency of a scheme. */
export function createScheme<Credentials>(plan: SchemePlan<Credentials>): Dependency {
  const { factory, use, challenge, read } = plan;
  const { optional = false, verify } = plan.options;
  const refused = (): Error =>
    refuseCredentials({ ...challenge, parameters: { ...challenge.parameters, ...plan.refusal } });
  const provide = (tools: VerifyTools): unknown => {
    const credentials = read(tools.request, refused);
    if (credentials === undefined) {
      if (optional) return undefined;
      throw new MissingCredentials([challenge]);
    }
    if (verify === undefined) return credentials;
    return chain(settle(verify(credentials, tools)), (value) => {
      if (value === undefined || value === null || value === false) throw refused();
      return value;
    });
  };
  return registerScheme({ factory, security: use, optional, provide, refused });
}

/** What a scheme is made of, its credentials aside. */
export interface SchemeParts {
  readonly factory: string;
  /** Of several any one is enough. */
  readonly security: SecurityUse | readonly SecurityUse[];
  /** Whether requests without any credentials are let through. */
  readonly optional: boolean;
  readonly provide: (tools: VerifyTools) => unknown;
  readonly refused: () => Error;
}

/** Declares the dependency and remembers that it is a scheme. */
export function registerScheme({ factory, security, optional, provide, refused }: SchemeParts): Dependency {
  const scheme: Dependency = dependency({ name: `${factory}()`, security, optional }, provide);
  refusals.set(scheme.identity, refused);
  return scheme;
}

/**
 * The error for credentials that the user of a scheme refuses.
 * @throws ApusError APUS_BAD_OPTION for what is no scheme, or asks for scopes; `place` is such as `jwt({ scheme })`.
 */
export function refusalOf(scheme: unknown, place: string): () => Error {
  const refused = isDependency(scheme) ? refusals.get(scheme.identity) : undefined;
  if (refused === undefined) {
    const message = `${place} takes what bearer(), basic(), apiKey(), oauth2(), openIdConnect(), jwt() and anyOf() give.`;
    throw new ApusError("APUS_BAD_OPTION", message);
  }
  if (isDependency(scheme) && scheme.scopes.length > 0) {
    const message = `${place} was given a scheme with scopes: put scoped() around the whole instead.`;
    throw new ApusError("APUS_BAD_OPTION", message);
  }
  return refused;
}

/** Runs a scheme within another. */
export function runScheme(scheme: Dependency, tools: VerifyTools): unknown {
  return settle((scheme.provide as (tools: VerifyTools) => unknown)(tools));
}

const visibleAscii = "text of visible ASCII characters and spaces";

/** The checks that all factories have in common; `known` are the names of all options. */
export function checkSchemeOptions(factory: string, options: object, known: readonly string[]): CheckedOptions {
  const check = new CheckedOptions(factory, options, known);
  const given = options as Readonly<Record<string, unknown>>;
  check.kind("optional", "boolean");
  check.kind("verify", "function");
  for (const name of ["name", "schemeName"]) {
    const isName = factory !== "apiKey" || name === "schemeName";
    if (isName && !fits(given[name], /^[A-Za-z0-9._-]+$/)) {
      check.refuse(name, 'the name of the scheme in the documentation: letters, digits, ".", "-" and "_"');
    }
  }
  for (const name of ["description", "bearerFormat"]) {
    if (!fits(given[name], /^[^]+$/)) check.refuse(name, "text that is not empty");
  }
  if (!fits(given["realm"], /^[ -~]+$/)) check.refuse("realm", visibleAscii);
  return check;
}

function fits(value: unknown, pattern: RegExp): boolean {
  return value === undefined || (typeof value === "string" && pattern.test(value));
}

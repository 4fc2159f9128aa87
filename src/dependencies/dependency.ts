/** What handlers need beside their inputs: a function with inputs and needs of its own, declared once and used by name. */

import { ApusError } from "../errors/apus-error.ts";
import { findCaller } from "../errors/declared-at.ts";
import type { Logger } from "../log/logger.ts";
import type { AnySchema, InferOutput } from "../schema/standard-schema.ts";
import type { HandlerTools } from "./handler-tools.ts";

/** How a dependency shows in the documentation as a security scheme (OpenAPI 3.1 §4.8.27). */
export interface SecurityUse {
  /** Its name below `components.securitySchemes`; two schemes of one name must be equal. */
  readonly name: string;
  readonly scheme: Readonly<Record<string, unknown>>;
}

/** Dependencies by the name under which their values are given. */
export type Uses = Readonly<Record<string, AnyDependency>> & {
  readonly [Name in ReservedName]?: "this name is taken: handlers and dependencies are given something else under it";
};

/** Names and dependencies, once the names are known to be free. */
export function listUses(use: Uses | undefined): readonly (readonly [name: string, dependency: AnyDependency])[] {
  return Object.entries(use ?? {}) as [string, AnyDependency][];
}

export interface DependencyOptions {
  /** For messages; the function's own name by default. */
  readonly name?: string;
  /** Path parameters of every route that uses it. */
  readonly path?: AnySchema;
  readonly query?: AnySchema;
  readonly headers?: AnySchema;
  readonly cookies?: AnySchema;
  /** What it needs of the JSON body of every route that uses it; the body is read once, and validated by each that asks. */
  readonly body?: AnySchema;
  /** What it needs of the form of every route that uses it. */
  readonly form?: AnySchema;
  /** Other dependencies, whose values it is given by these names. */
  readonly use?: Uses;
  /** "request" (the default): once for each request. "app": once for the app, from its start to its end. */
  readonly scope?: "request" | "app";
  /**
   * When a generator goes on behind its `yield`: "response" (the default) after the last byte,
   * "handler" before the head is sent, so that what fails there is still answered.
   */
  readonly until?: "response" | "handler";
  /** Whether all that use it in one request share its value; true by default. */
  readonly cache?: boolean;
  /** Gives undefined, and does not run, when a request has none of its own inputs. */
  readonly optional?: boolean;
  /** Runs before the body is read; by default what is a security scheme, or uses one, does. */
  readonly early?: boolean;
  /** The security scheme that it is; of several any one is enough. */
  readonly security?: SecurityUse | readonly SecurityUse[];
}

/** A declared dependency. `Value` is what those who use it are given. */
export interface Dependency<Value = unknown, Options extends DependencyOptions = DependencyOptions> {
  readonly kind: "dependency";
  readonly options: Options;
  readonly provide: (input: never) => unknown;
  /** Scopes that this use of it asks for; see `scoped()`. */
  readonly scopes: readonly string[];
  /** The same for every use of one dependency. */
  readonly identity: object;
  /** `file:line` of the declaration, for messages. */
  readonly declaredAt: string;
  /** Only a type. */
  readonly "~types"?: { readonly value: Value };
}

// oxlint-disable-next-line typescript/no-explicit-any -- a constraint that takes every dependency
export type AnyDependency = Dependency<any, any>;

/** What a dependency gives to those who use it. */
export type ValueOf<D> = D extends { readonly "~types"?: infer T }
  ? NonNullable<T> extends { readonly value: infer Value }
    ? Value
    : never
  : never;

/** The values of dependencies, by name. */
export type UsedValues<Options> = Options extends { readonly use: infer U }
  ? { readonly [Name in keyof U]: ValueOf<U[Name]> }
  : unknown;

type InputPlace = "path" | "query" | "headers" | "cookies" | "body" | "form";

/** What a function that runs once for the app is given. */
export interface AppTools {
  readonly log: Logger;
}

/** The one argument of a dependency: the tools, its own inputs, and what it uses. */
export type DependencyInput<Options> = (Options extends { readonly scope: "app" }
  ? AppTools
  : HandlerTools & {
      /** Scopes that those who use it ask for, added up (see `scoped()`). */
      readonly scopes: readonly string[];
    }) & { readonly [Place in keyof Options & InputPlace]: InferOutput<Options[Place]> } & UsedValues<Options>;

/** What is given by the function's result: what a generator yields, or the result itself. */
export type Provided<Result> =
  Result extends AsyncGenerator<infer Value, unknown, unknown>
    ? Value
    : Result extends Generator<infer Value, unknown, unknown>
      ? Awaited<Value>
      : Awaited<Result>;

type OrNothing<Options> = Options extends { readonly optional: true } ? undefined : never;

/** Refuses option names that do not exist. */
type KnownOptions<Options> = { readonly [Key in Exclude<keyof Options, keyof DependencyOptions>]: never };

/** Names that handlers and dependencies are given something else under */
export const reservedNames = [
  "request",
  "signal",
  "log",
  "requestId",
  "response",
  "scopes",
  "path",
  "query",
  "headers",
  "cookies",
  "body",
  "form",
  "files",
  "background",
  "__proto__",
] as const;

export type ReservedName = (typeof reservedNames)[number];

// oxlint-disable-next-line typescript/no-empty-object-type -- "nothing declared", as a type that adds no keys
type NoOptions = {};

/**
 * Declares a dependency: a function, or a generator that yields its value once and cleans up behind the `yield`.
 * @throws ApusError APUS_BAD_OPTION
 */
export function dependency<Result>(
  provide: (input: DependencyInput<NoOptions>) => Result,
): Dependency<Provided<Result>, NoOptions>;
export function dependency<const Options extends DependencyOptions, Result>(
  options: Options & KnownOptions<Options>,
  provide: (input: DependencyInput<Options>) => Result,
): Dependency<Provided<Result> | OrNothing<Options>, Options>;
export function dependency(...given: readonly unknown[]): AnyDependency {
  const declaredAt = findCaller();
  const [options, provide] = given.length === 1 ? [{}, given[0]] : given;
  if (typeof provide !== "function") throw refuse(declaredAt, "has no function");
  if (typeof options !== "object" || options === null) throw refuse(declaredAt, "has options that are no object");
  checkOptions(options, declaredAt);
  return Object.freeze({
    kind: "dependency",
    options: Object.freeze({ ...(options as DependencyOptions) }),
    provide: provide as AnyDependency["provide"],
    scopes: [],
    identity: Object.freeze({}),
    declaredAt,
  });
}

/**
 * The same dependency, asked for with scopes: they are added to those that others on the way to it ask for.
 * A security scheme checks them (`403` for what is missing); any dependency reads them as `scopes`.
 */
export function scoped<D extends AnyDependency>(used: D, ...scopes: readonly string[]): D {
  if (!isDependency(used) || !scopes.every((scope) => typeof scope === "string" && scope !== "")) {
    throw new ApusError("APUS_BAD_OPTION", `scoped() at ${findCaller()} needs a dependency and scopes that are text.`);
  }
  return Object.freeze({ ...used, scopes: [...used.scopes, ...scopes] });
}

/** Whether a value was made by `dependency()`. */
export function isDependency(value: unknown): value is AnyDependency {
  if (typeof value !== "object" || value === null) return false;
  const { kind, identity, provide } = value as Partial<AnyDependency>;
  return kind === "dependency" && typeof identity === "object" && typeof provide === "function";
}

/** How messages call it. */
export function nameDependency({ options, provide, declaredAt }: AnyDependency): string {
  const name: string = options.name ?? provide.name;
  return name === "" ? `the dependency at ${declaredAt}` : `"${name}"`;
}

const knownNames: ReadonlySet<string> = new Set<keyof DependencyOptions>([
  "name",
  "path",
  "query",
  "headers",
  "cookies",
  "body",
  "form",
  "use",
  "scope",
  "until",
  "cache",
  "optional",
  "early",
  "security",
]);

function checkOptions(options: DependencyOptions, declaredAt: string): void {
  const unknown = Object.keys(options).find((name) => !knownNames.has(name));
  if (unknown !== undefined) throw refuse(declaredAt, `has the option "${unknown}", which does not exist`);
  const { name, scope, until, use = {}, security } = options;
  if (name !== undefined && typeof name !== "string") throw refuse(declaredAt, "has a name that is no text");
  if (scope !== undefined && scope !== "request" && scope !== "app") {
    throw refuse(declaredAt, `has a scope that is neither "request" nor "app"`);
  }
  if (until !== undefined && until !== "response" && until !== "handler") {
    throw refuse(declaredAt, `has an "until" that is neither "response" nor "handler"`);
  }
  for (const flag of ["cache", "optional", "early"] as const) {
    if (options[flag] === undefined || typeof options[flag] === "boolean") continue;
    throw refuse(declaredAt, `has "${flag}", which is neither true nor false`);
  }
  if (security !== undefined && !isSecurity(security)) {
    throw refuse(
      declaredAt,
      `has a "security" without a name and a scheme: { name: "token", scheme: { type: "http", … } }`,
    );
  }
  if (options.body !== undefined && options.form !== undefined) {
    throw refuse(declaredAt, "declares body and form; a request has one of them");
  }
  if (options.optional === true && (options.body !== undefined || options.form !== undefined)) {
    throw refuse(declaredAt, "is optional and reads the body; give it a schema that takes undefined instead");
  }
  if (scope === "app") {
    const wrong = requestOptions.find((option) => options[option] !== undefined);
    if (wrong !== undefined) throw refuse(declaredAt, `lives as long as the app, so it cannot have "${wrong}"`);
  }
  checkUses(use, `The dependency at ${declaredAt}`);
}

/** What has no meaning without a request. */
const requestOptions = [
  "path",
  "query",
  "headers",
  "cookies",
  "body",
  "form",
  "until",
  "cache",
  "optional",
  "early",
  "security",
] as const;

function isSecurity(security: SecurityUse | readonly SecurityUse[]): boolean {
  const schemes: readonly unknown[] = Array.isArray(security) ? security : [security];
  return (
    schemes.length > 0 &&
    schemes.every((one) => {
      const { name, scheme } = (one ?? {}) as Partial<SecurityUse>;
      return typeof name === "string" && name !== "" && typeof scheme === "object" && scheme !== null;
    })
  );
}

/**
 * Refuses what cannot be used, and names that are taken.
 * @throws ApusError APUS_BAD_OPTION
 */
export function checkUses(use: Uses, who: string): void {
  if (typeof use !== "object" || use === null || Array.isArray(use)) {
    const remedy = "give each one a name: use: { name: dependency }";
    throw new ApusError("APUS_BAD_OPTION", `${who} has a "use" that is no object of dependencies; ${remedy}.`);
  }
  for (const [name, used] of listUses(use)) {
    if (!isDependency(used)) throw new ApusError("APUS_BAD_OPTION", `${who} uses "${name}", which is no dependency.`);
    if (!reservedNames.some((reserved) => reserved === name)) continue;
    throw new ApusError(
      "APUS_BAD_OPTION",
      `${who} uses a dependency as "${name}", which is taken; choose another name.`,
    );
  }
}

function refuse(declaredAt: string, why: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `The dependency at ${declaredAt} ${why}.`);
}

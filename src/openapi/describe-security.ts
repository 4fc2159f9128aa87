/** Describes the security schemes that an operation's dependencies are, and what each operation requires of them. */

import { isDeepStrictEqual } from "node:util";
import { ApusError } from "../errors/apus-error.ts";
import type { SecurityUse } from "../dependencies/dependency.ts";
import type { CompiledDependency } from "../dependencies/compile-dependencies.ts";
import type { CompiledOperation } from "../operation/compile-operation.ts";

/** Names of schemes with the scopes that are asked for: all of them are needed (OpenAPI 3.1 §4.8.30). */
export type SecurityRequirement = Readonly<Record<string, readonly string[]>>;

/** What an operation requires: one of these is enough, an empty one says that none is needed; undefined without schemes. */
export function describeSecurity(compiled: CompiledOperation): readonly SecurityRequirement[] | undefined {
  const steps = listSecured(compiled);
  if (steps.length === 0) return undefined;
  let requirements: readonly SecurityRequirement[] = [{}];
  for (const { dependency, scopes } of steps) {
    const ways: readonly SecurityRequirement[] = listSchemes(dependency.options.security).map(({ name }) => {
      return { [name]: scopes };
    });
    const choices = dependency.options.optional === true ? [...ways, {}] : ways;
    requirements = requirements.flatMap((known) => choices.map((choice) => merge(known, choice)));
  }
  return requirements;
}

/**
 * The schemes of all operations, by name.
 * @throws ApusError APUS_BAD_OPTION for two different ones of the same name
 */
export function collectSecuritySchemes(
  operations: readonly CompiledOperation[],
): Readonly<Record<string, SecurityUse["scheme"]>> {
  const schemes = new Map<string, SecurityUse["scheme"]>();
  for (const operation of operations) {
    for (const { dependency } of listSecured(operation)) {
      for (const { name, scheme } of listSchemes(dependency.options.security)) {
        const known = schemes.get(name);
        if (known !== undefined && !isDeepStrictEqual(known, scheme)) {
          const message = `Two different security schemes are called "${name}": give one of them another name (${dependency.declaredAt}).`;
          throw new ApusError("APUS_BAD_OPTION", message);
        }
        schemes.set(name, scheme);
      }
    }
  }
  return Object.fromEntries(schemes);
}

function listSecured({ dependencies }: CompiledOperation): readonly CompiledDependency[] {
  return (dependencies?.declared.steps ?? []).filter(({ dependency }) => dependency.options.security !== undefined);
}

function listSchemes(security: SecurityUse | readonly SecurityUse[] | undefined): readonly SecurityUse[] {
  if (security === undefined) return [];
  return Array.isArray(security) ? security : [security as SecurityUse];
}

function merge(known: SecurityRequirement, other: SecurityRequirement): SecurityRequirement {
  const merged: Record<string, readonly string[]> = { ...known };
  for (const [name, scopes] of Object.entries(other)) {
    merged[name] = [...new Set([...(merged[name] ?? []), ...scopes])];
  }
  return merged;
}

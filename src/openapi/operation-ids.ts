/** Gives every documented operation an operationId of its own. */

import { ApusError } from "../errors/apus-error.ts";
import type { CompiledOperation } from "../operation/compile-operation.ts";
import type { Operation } from "../operation/operation.ts";
import { toPascalCase } from "./name-words.ts";

const identifierForm = /^[A-Za-z_$][\w$]*$/;
/** Names that say nothing of the operation. */
const emptyNames: ReadonlySet<string> = new Set(["handler", "anonymous", "default"]);

/**
 * The ids in the order of the operations: the given one, the exported name, the handler's name, or method and path.
 * An operation that is served twice keeps its name at its first place only.
 * @throws ApusError APUS_DUPLICATE_OPERATION_ID when two operations are given the same id.
 */
export function assignOperationIds(
  operations: readonly CompiledOperation[],
  exportedNames: ReadonlyMap<object, string>,
): readonly string[] {
  const taken = new Map<string, Operation>();
  const seen = new Set<Operation>();
  const named = operations.map((compiled) => {
    const { operation } = compiled;
    const isRepeated = seen.has(operation);
    seen.add(operation);
    const given = isRepeated ? undefined : compiled.options.operationId;
    if (given !== undefined) claim(taken, given, operation);
    return { compiled, given, name: isRepeated ? undefined : readName(operation, exportedNames) };
  });
  return named.map(({ compiled, given, name }) => {
    if (given !== undefined) return given;
    const id = findFree(taken, listCandidates(compiled, name));
    taken.set(id, compiled.operation);
    return id;
  });
}

function claim(taken: Map<string, Operation>, id: string, operation: Operation): void {
  const other = taken.get(id);
  if (other !== undefined) {
    throw new ApusError(
      "APUS_DUPLICATE_OPERATION_ID",
      `${describePlace(other)} and ${describePlace(operation)} have the operationId ${JSON.stringify(id)}: change one of them.`,
    );
  }
  taken.set(id, operation);
}

function describePlace({ method, path, declaredAt }: Operation): string {
  return `${method} ${path} at ${declaredAt}`;
}

function readName(operation: Operation, exportedNames: ReadonlyMap<object, string>): string | undefined {
  const names = [exportedNames.get(operation), operation.handler.name];
  return names.find((name) => name !== undefined && identifierForm.test(name) && !emptyNames.has(name));
}

function listCandidates(compiled: CompiledOperation, name: string | undefined): readonly string[] {
  const path = describePath(compiled);
  const fromPath = `${compiled.operation.method.toLowerCase()}${path}`;
  return name === undefined ? [fromPath] : [name, `${name}${path}`];
}

/** `/items/{id}` as "ItemsById", "/" as "Root". */
function describePath({ template }: CompiledOperation): string {
  const words = template.segments.map(({ prefix, parameter, suffix }) => {
    const middle = parameter === undefined ? "" : `By${toPascalCase(parameter.name)}`;
    return `${toPascalCase(prefix)}${middle}${toPascalCase(suffix)}`;
  });
  const path = words.join("");
  return path === "" ? "Root" : path;
}

function findFree(taken: ReadonlyMap<string, Operation>, candidates: readonly string[]): string {
  const free = candidates.find((candidate) => !taken.has(candidate));
  if (free !== undefined) return free;
  const last = candidates.at(-1) ?? "";
  let number = 2;
  while (taken.has(`${last}${number}`)) number++;
  return `${last}${number}`;
}

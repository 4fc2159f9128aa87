/** Finds the path item of each operation, because OpenAPI knows fewer different paths than routes do. */

import type { PathTemplate } from "../routing/path-template.ts";
import type { DocumentedOperation } from "./document-input.ts";

/** An operation under the path where the document has it. */
export interface PlacedOperation {
  readonly documented: DocumentedOperation;
  readonly path: string;
  /** The names of the path's parameters, in their order; the operation's own names may differ. */
  readonly pathNames: readonly string[];
  /** Templates of operations that the document cannot hold beside this one. */
  readonly rivals: readonly string[];
}

interface PathPlace {
  readonly path: string;
  readonly pathNames: readonly string[];
  readonly byMethod: Map<string, { documented: DocumentedOperation; rivals: string[] }>;
}

/**
 * Groups operations whose paths differ only in parameter names or converters (OpenAPI 3.1 §4.8.8: such paths are
 * identical); the first one gives the path its text. Of two with the same method the first one is documented.
 */
export function placeOperations(operations: readonly DocumentedOperation[]): readonly PlacedOperation[] {
  const places = new Map<string, PathPlace>();
  for (const documented of operations) {
    const { operation, template } = documented.compiled;
    const key = describeHierarchy(template);
    const place = places.get(key) ?? createPlace(template);
    places.set(key, place);
    const rival = place.byMethod.get(operation.method);
    if (rival === undefined) place.byMethod.set(operation.method, { documented, rivals: [] });
    else rival.rivals.push(template.source);
  }
  return [...places.values()].flatMap(({ path, pathNames, byMethod }) =>
    [...byMethod.values()].map(({ documented, rivals }) => ({ documented, path, pathNames, rivals })),
  );
}

function createPlace(template: PathTemplate): PathPlace {
  return { path: template.openapi, pathNames: template.parameters.map(({ name }) => name), byMethod: new Map() };
}

function describeHierarchy({ segments }: PathTemplate): string {
  return segments
    .map(({ prefix, parameter, suffix }) => `/${prefix}${parameter === undefined ? "" : "{}"}${suffix}`)
    .join("");
}

/** Describes the routes of an app as plain data, for tools that list them. */

import type { OpenApiDocument, PathItem } from "../openapi/openapi-document.ts";
import type { CollectedRoute } from "./collect-routes.ts";

/** One declared route as it is served. */
export interface RouteDescription {
  readonly method: string;
  /** The whole template, with the prefixes of routers and mounts. */
  readonly path: string;
  /** As the OpenAPI document has it; undefined for a route that is not in it. */
  readonly operationId: string | undefined;
  /** The name of the handler's function; empty when it has none. */
  readonly handler: string;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly hidden: boolean;
  /** `file:line` of the declaration. */
  readonly declaredAt: string;
}

export function describeRoutes(
  routes: readonly CollectedRoute[],
  document: OpenApiDocument,
): readonly RouteDescription[] {
  const documented = new Set<string>();
  return routes.map(({ operation, template, tags, deprecated, hidden }) => {
    const { method, declaredAt } = operation;
    // Of two routes that OpenAPI cannot tell apart, the first one is in the document.
    const place = `${method} ${template.openapi}`;
    const isDocumented = !hidden && !documented.has(place);
    if (isDocumented) documented.add(place);
    const operationId = isDocumented ? readOperationId(document.paths[template.openapi], method) : undefined;
    const handler = operation.handler.name;
    return { method, path: template.source, operationId, handler, tags, deprecated, hidden, declaredAt };
  });
}

function readOperationId(item: PathItem | undefined, method: string): string | undefined {
  const members = item as Readonly<Record<string, { readonly operationId?: string } | undefined>> | undefined;
  return (members?.[method.toLowerCase()] ?? item?.["x-additional-operations"]?.[method])?.operationId;
}

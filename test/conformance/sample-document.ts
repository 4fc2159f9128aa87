/** Builds OpenAPI documents from operations made by hand, and lets nothing invalid through. */

import assert from "node:assert/strict";
import { buildDocument, type OpenApiDocument } from "../../src/openapi/build-document.ts";
import type { ApiDescription, DocumentedOperation } from "../../src/openapi/document-input.ts";
import type { OperationObject } from "../../src/openapi/openapi-document.ts";
import { AppScope } from "../../src/dependencies/app-scope.ts";
import { Replacements } from "../../src/dependencies/replacements.ts";
import { silentLogger } from "../../src/log/logger.ts";
import { compileOperation } from "../../src/operation/compile-operation.ts";
import type { Operation, OperationOptions } from "../../src/operation/operation.ts";
import { builtinConverters } from "../../src/routing/converter.ts";
import { parsePathTemplate } from "../../src/routing/path-template.ts";
import { validateOpenApi } from "./validate-openapi.ts";

export interface SampleParts {
  readonly description?: ApiDescription;
  readonly exportedNames?: ReadonlyMap<object, string>;
}

let line = 0;

/** An operation as a router declares it; `route` is such as "GET /items/{id:int}". */
export function declareSample(
  route: string,
  options: OperationOptions = {},
  handler: (input: never) => unknown = () => undefined,
): Operation {
  const [method = "", path = ""] = route.split(" ");
  return { method, path, options, handler, declaredAt: `app.ts:${++line}` };
}

const replacements = new Replacements();
const dependencies = { replacements, appScope: new AppScope(silentLogger, replacements) };

/** The operation compiled, below a prefix, with the tags and the deprecation that routers add. */
export async function documentSample(
  operation: Operation,
  { prefix = "", ...inherited }: { prefix?: string; tags?: readonly string[]; deprecated?: boolean } = {},
): Promise<DocumentedOperation> {
  const template = parsePathTemplate(`${prefix}${operation.path}`, builtinConverters);
  const compiled = await compileOperation(operation, { template, use: [] }, { bodyLimit: 1024, dependencies });
  return { compiled, tags: [], deprecated: false, ...inherited };
}

/** The document of these operations; fails when a validator finds a problem or JSON loses a member. */
export async function buildSample(
  operations: readonly (Operation | DocumentedOperation)[],
  { description = {}, exportedNames = new Map() }: SampleParts = {},
): Promise<OpenApiDocument> {
  const documented = await Promise.all(
    operations.map(async (operation) => ("compiled" in operation ? operation : documentSample(operation))),
  );
  const document = await buildDocument({ description, operations: documented, exportedNames });
  assert.deepEqual(await validateOpenApi(document), []);
  assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
  return document;
}

/** The operation object of a document; `route` is such as "GET /items/{id}". */
export function operationIn(document: OpenApiDocument, route: string): OperationObject {
  const [method = "", path = ""] = route.split(" ");
  const item = document.paths[path] as Readonly<Record<string, OperationObject>> | undefined;
  const operation = item?.[method.toLowerCase()];
  assert.ok(operation, `${route} is not in the document, only ${Object.keys(document.paths).join(", ")}`);
  return operation;
}

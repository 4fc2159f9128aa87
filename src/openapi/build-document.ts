/** Builds the OpenAPI 3.1 document of an app from its compiled operations. */

import { describeOperation, mergeExtra, type DescribePlace } from "./describe-operation.ts";
import { collectSecuritySchemes } from "./describe-security.ts";
import { describeWebhook, listWebhookUses, planWebhooks, type WebhookPlan } from "./describe-webhooks.ts";
import type { ApiDescription, DocumentInput } from "./document-input.ts";
import { compileExports } from "./exported-schemas.ts";
import type { DocumentedMethod, DocumentInfo, OpenApiDocument, OperationObject, PathItem } from "./openapi-document.ts";
import { assignOperationIds } from "./operation-ids.ts";
import { placeOperations } from "./place-operations.ts";
import { copyPlain } from "./plain-data.ts";
import { listSchemaUses, planOperation, type OperationPlan } from "./plan-operation.ts";
import { ProblemComponents } from "./problem-components.ts";
import { SchemaComponents } from "./schema-components.ts";

export type { OpenApiDocument };

/**
 * The whole document, as data that JSON can carry; the same input gives the same document.
 * @throws ApusError APUS_DUPLICATE_OPERATION_ID, APUS_SCHEMA_NAME_CLASH, APUS_BAD_OPTION for `extra` that is no data,
 * and what `compileSchema` throws for the schema of a webhook.
 */
export async function buildDocument(input: DocumentInput): Promise<OpenApiDocument> {
  const { description, exportedNames } = input;
  const placed = placeOperations(input.operations);
  const ids = assignOperationIds(
    placed.map(({ documented }) => documented.compiled),
    exportedNames,
  );
  const plans = await Promise.all(placed.map((operation, index) => planOperation(operation, ids[index] ?? "")));
  const webhooks = await planWebhooks(description.webhooks ?? {});
  const uses = [...plans.flatMap(listSchemaUses), ...webhooks.flatMap(listWebhookUses)];
  const components = new SchemaComponents(uses, await compileExports(exportedNames));
  const place: DescribePlace = { components, problems: new ProblemComponents(components) };
  const document = assembleDocument(description, {
    paths: buildPaths(plans, place),
    webhooks: buildWebhooks(webhooks, components),
    // Read last: problem documents become components while operations are described.
    schemas: components.schemas,
    securitySchemes: collectSecuritySchemes(input.operations.map(({ compiled }) => compiled)),
  });
  const merged = mergeExtra(document, description.extra, "extra of the app");
  return copyPlain(merged, "The OpenAPI document") as OpenApiDocument;
}

interface DocumentParts {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly webhooks: Readonly<Record<string, PathItem>>;
  readonly schemas: NonNullable<OpenApiDocument["components"]>["schemas"] & object;
  readonly securitySchemes: ReturnType<typeof collectSecuritySchemes>;
}

function assembleDocument(description: ApiDescription, parts: DocumentParts): OpenApiDocument {
  const { paths, webhooks, schemas, securitySchemes } = parts;
  const components = {
    ...(Object.keys(schemas).length === 0 ? {} : { schemas }),
    ...(Object.keys(securitySchemes).length === 0 ? {} : { securitySchemes }),
  };
  const { servers = [], tags = [], externalDocs } = description;
  return {
    openapi: "3.1.1",
    info: describeInfo(description),
    ...(servers.length === 0 ? {} : { servers }),
    paths,
    ...(Object.keys(webhooks).length === 0 ? {} : { webhooks }),
    ...(Object.keys(components).length === 0 ? {} : { components }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(externalDocs === undefined ? {} : { externalDocs }),
  };
}

function describeInfo(description: ApiDescription): DocumentInfo {
  const { title = "Apus", version = "0.1.0", summary, termsOfService, contact, license } = description;
  return { title, version, summary, description: description.description, termsOfService, contact, license };
}

/** The methods that OpenAPI 3.1 has a member for; QUERY only has one from 3.2 on. */
const documentedMethods: ReadonlySet<string> = new Set<DocumentedMethod>([
  "get",
  "put",
  "post",
  "delete",
  "options",
  "head",
  "patch",
  "trace",
]);

function buildPaths(plans: readonly OperationPlan[], place: DescribePlace): Readonly<Record<string, PathItem>> {
  const items = new Map<string, { methods: Map<string, OperationObject>; additional: Map<string, OperationObject> }>();
  for (const plan of plans) {
    const { path, documented } = plan.placed;
    const item = items.get(path) ?? { methods: new Map(), additional: new Map() };
    items.set(path, item);
    const { method } = documented.compiled.operation;
    const member = method.toLowerCase();
    const described = describeOperation(plan, place);
    if (documentedMethods.has(member)) item.methods.set(member, described);
    else item.additional.set(method, described);
  }
  const entries = [...items].map(([path, { methods, additional }]): [string, PathItem] => {
    const others = additional.size === 0 ? {} : { "x-additional-operations": Object.fromEntries(additional) };
    return [path, { ...Object.fromEntries(methods), ...others }];
  });
  return Object.fromEntries(entries);
}

function buildWebhooks(
  plans: readonly WebhookPlan[],
  components: SchemaComponents,
): Readonly<Record<string, PathItem>> {
  return Object.fromEntries(plans.map((plan) => [plan.name, describeWebhook(plan, components)]));
}

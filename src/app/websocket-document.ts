/** Describes an app's WebSockets as an AsyncAPI 3.0 document: channels, messages both ways, what a handshake needs. */

import type { ParameterPlace, ParameterStep } from "../parameters/read-parameters.ts";
import type { ApiDescription } from "../openapi/document-input.ts";
import { compileExports } from "../openapi/exported-schemas.ts";
import { collectSecuritySchemes, describeSecurity } from "../openapi/describe-security.ts";
import { toPascalCase } from "../openapi/name-words.ts";
import { assignOperationIds } from "../openapi/operation-ids.ts";
import { copyPlain } from "../openapi/plain-data.ts";
import { SchemaComponents } from "../openapi/schema-components.ts";
import type { SchemaUse } from "../openapi/schema-use.ts";
import type { CompiledOperation } from "../operation/compile-operation.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { Schema } from "../schema/schema.ts";
import type { CompiledWebsocket } from "./websocket-route.ts";

/** An AsyncAPI document (asyncapi.com, 3.0.0), as far as its members are read here. */
export interface AsyncApiDocument {
  readonly asyncapi: "3.0.0";
  readonly channels: Readonly<Record<string, AsyncChannel>>;
  readonly [member: string]: unknown;
}

export interface AsyncChannel {
  readonly address: string;
  readonly [member: string]: unknown;
}

export interface DocumentedWebsocket {
  readonly compiled: CompiledOperation;
  readonly websocket: CompiledWebsocket;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
}

interface WebsocketPlan extends DocumentedWebsocket {
  readonly id: string;
}

/** The two directions as AsyncAPI sees them: from the application that is described. */
const directions = ["receive", "send"] as const;
type Direction = (typeof directions)[number];

/** @throws ApusError APUS_DUPLICATE_OPERATION_ID, APUS_SCHEMA_NAME_CLASH, APUS_BAD_OPTION */
export async function buildWebsocketDocument(
  description: ApiDescription,
  websockets: readonly DocumentedWebsocket[],
  exportedNames: ReadonlyMap<object, string>,
): Promise<AsyncApiDocument> {
  const operations = websockets.map(({ compiled }) => compiled);
  const ids = assignOperationIds(operations, exportedNames);
  const plans = websockets.map((websocket, index): WebsocketPlan => ({ ...websocket, id: ids[index] ?? "" }));
  const components = new SchemaComponents(plans.flatMap(listUses), await compileExports(exportedNames));
  const { title = "Apus", version = "0.1.0" } = description;
  const document = {
    asyncapi: "3.0.0",
    info: { title, version, description: description.description },
    servers: describeServers(description),
    channels: Object.fromEntries(plans.map((plan) => [plan.id, describeChannel(plan, components)])),
    operations: Object.fromEntries(plans.flatMap(describeOperations)),
    components: { schemas: components.schemas, securitySchemes: describeSchemes(operations) },
  };
  return copyPlain(document, "The AsyncAPI document") as AsyncApiDocument;
}

/** The same below a mount, whose path the addresses then begin with. */
export function placeChannels(document: AsyncApiDocument, mountPath: string): AsyncApiDocument {
  if (mountPath === "") return document;
  const placed = Object.entries(document.channels).map(([id, channel]): [string, AsyncChannel] => {
    return [id, { ...channel, address: `${mountPath}${channel.address}` }];
  });
  return { ...document, channels: Object.fromEntries(placed) };
}

function listUses({ compiled, websocket, id }: WebsocketPlan): readonly SchemaUse[] {
  const place = `${compiled.operation.method} ${compiled.operation.path} at ${compiled.operation.declaredAt}`;
  const owner = compiled.operation;
  const name = toPascalCase(id);
  const uses: SchemaUse[] = [];
  const add = (schema: Schema | undefined, side: SchemaUse["side"], label: string): void => {
    if (schema !== undefined) uses.push({ schema, side, label, place, owner });
  };
  add(websocket.receive, "input", `${name}Received`);
  add(websocket.send, "output", `${name}Sent`);
  for (const { place: where, schema } of listSteps(compiled)) add(schema, "input", `${name}${toPascalCase(where)}`);
  return uses;
}

/** Of the operation, and of every dependency. */
function listSteps({ parameters, dependencies }: CompiledOperation): readonly ParameterStep[] {
  const used = (dependencies?.declared.steps ?? []).flatMap((step) => step.parameters);
  return [...parameters, ...used].filter(({ place }) => place !== "path");
}

function describeChannel(plan: WebsocketPlan, components: SchemaComponents): AsyncChannel {
  const { compiled, websocket } = plan;
  const { template, options } = compiled;
  const messages = directions.map((direction) => {
    const schema = websocket[direction];
    const payload =
      schema === undefined ? undefined : components.describe(schema, direction === "send" ? "output" : "input");
    return [direction, { name: `${plan.id}.${direction}`, ...describeContent(payload) }] as const;
  });
  const parameters = template.parameters.map(({ name, converter }) => [name, describeParameter(converter.schema)]);
  return {
    address: template.openapi,
    ...(options.summary !== undefined && { summary: options.summary }),
    ...(options.description !== undefined && { description: options.description }),
    ...(parameters.length > 0 && { parameters: Object.fromEntries(parameters) as object }),
    messages: Object.fromEntries(messages),
    bindings: {
      ws: {
        method: "GET",
        query: describeInputs(compiled, "query", components),
        headers: describeInputs(compiled, "headers", components),
        bindingVersion: "0.1.0",
      },
    },
  };
}

function describeContent(payload: JsonSchema | undefined): object {
  return payload === undefined
    ? { contentType: "application/octet-stream", summary: "Text or bytes as they are." }
    : { contentType: "application/json", payload };
}

/** Parameters of a channel are text, whatever becomes of it (AsyncAPI 3.0.0, Parameter Object). */
function describeParameter({ description, enum: values, type, format }: JsonSchema): object {
  const words = [type, format].filter((word) => typeof word === "string" && word !== "string").join(", ");
  return {
    ...(values !== undefined && { enum: values.map(String) }),
    ...((description ?? words) !== "" && { description: description ?? words }),
  };
}

function describeInputs(
  compiled: CompiledOperation,
  place: ParameterPlace,
  components: SchemaComponents,
): JsonSchema | undefined {
  const schemas = listSteps(compiled)
    .filter((step) => step.place === place)
    .map(({ schema }) => components.describe(schema, "input"));
  return schemas.length > 1 ? { allOf: schemas } : schemas[0];
}

function describeOperations(plan: WebsocketPlan): readonly (readonly [string, object])[] {
  const { compiled, websocket, id, tags, deprecated } = plan;
  const { summary, description } = compiled.options;
  const security = describeSecurity(compiled)?.flatMap((requirement) =>
    Object.keys(requirement).map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
  );
  return directions
    .filter((direction) => websocket[direction] !== undefined || isRaw(websocket))
    .map((direction) => {
      const operation = {
        action: direction,
        channel: { $ref: `#/channels/${id}` },
        messages: [{ $ref: `#/channels/${id}/messages/${direction}` }],
        summary,
        description,
        ...(tags.length > 0 && { tags: tags.map((name) => ({ name })) }),
        ...(security !== undefined && security.length > 0 && { security }),
        ...(deprecated && { "x-deprecated": true }),
      };
      return [`${id}${direction === "send" ? "Send" : "Receive"}`, operation] as const;
    });
}

/** Neither way has a schema: then text and bytes may go both ways. */
function isRaw({ send, receive }: Readonly<Record<Direction, Schema | undefined>>): boolean {
  return send === undefined && receive === undefined;
}

function describeServers({ servers = [] }: ApiDescription): object | undefined {
  const known = servers.flatMap(({ url, description }) => {
    const parsed = URL.parse(url);
    if (parsed === null || !/^https?:$/.test(parsed.protocol)) return [];
    const { host, pathname, protocol } = parsed;
    return [{ host, pathname, protocol: protocol === "https:" ? "wss" : "ws", description }];
  });
  if (known.length === 0) return undefined;
  return Object.fromEntries(known.map((server, index) => [`server${index + 1}`, server]));
}

/** OpenAPI's schemes in AsyncAPI's words (3.0.0, Security Scheme Object). */
function describeSchemes(operations: readonly CompiledOperation[]): object {
  const schemes = Object.entries(collectSecuritySchemes(operations)).map(([name, scheme]) => {
    if (scheme["type"] === "apiKey") return [name, { ...scheme, type: "httpApiKey" }];
    if (scheme["type"] !== "oauth2") return [name, scheme];
    const flows = Object.entries(scheme["flows"] as Readonly<Record<string, Readonly<Record<string, unknown>>>>);
    const renamed = flows.map(([kind, { scopes, ...flow }]) => [kind, { ...flow, availableScopes: scopes }]);
    return [name, { ...scheme, flows: Object.fromEntries(renamed) as object }];
  });
  return Object.fromEntries(schemes) as object;
}

/** Describes the path, query, header and cookie inputs of an operation as OpenAPI parameters. */

import type { CompiledOperation } from "../operation/compile-operation.ts";
import type { ParameterStep } from "../parameters/read-parameters.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { resolveReference } from "../schema/walk-json-schema.ts";
import { collectProperties } from "./object-properties.ts";
import type { ParameterObject } from "./openapi-document.ts";
import type { PlacedOperation } from "./place-operations.ts";
import type { SchemaComponents } from "./schema-components.ts";

/** A parameter before the names of components are known. */
export interface PlannedParameter {
  readonly name: string;
  readonly in: ParameterObject["in"];
  readonly required: boolean;
  readonly part: JsonSchema;
  /** The schema that `part` is a subschema of; undefined for a converter's. */
  readonly schema: Schema | undefined;
}

const placesInOpenApi = { path: "path", query: "query", headers: "header", cookies: "cookie" } as const;

/** Header parameters with these names are ignored by OpenAPI (3.1 §4.8.12.1). */
const ignoredHeaders: ReadonlySet<string> = new Set(["accept", "content-type", "authorization"]);

/** The parameters in the order path, query, headers, cookies, each in the order of its declaration. */
export function planParameters({ documented, pathNames }: PlacedOperation): readonly PlannedParameter[] {
  const { compiled } = documented;
  const own = compiled.parameters.flatMap(planOther);
  const used = (compiled.dependencies?.declared.steps ?? []).flatMap(({ parameters, dependency }) => {
    const planned = parameters.flatMap(planOther);
    return dependency.options.optional === true ? planned.map((one) => ({ ...one, required: false })) : planned;
  });
  return [...planPath(compiled, pathNames), ...joinPlanned([...own, ...used])];
}

function planOther(step: ParameterStep): readonly PlannedParameter[] {
  return step.place === "path" ? [] : planStep(step);
}

/** One parameter that several ask for: as the first describes it, needed when one of them needs it. */
function joinPlanned(planned: readonly PlannedParameter[]): readonly PlannedParameter[] {
  const joined = new Map<string, PlannedParameter>();
  for (const parameter of planned) {
    const name = parameter.in === "header" ? parameter.name.toLowerCase() : parameter.name;
    const key = `${parameter.in} ${name}`;
    const known = joined.get(key);
    joined.set(key, known === undefined ? parameter : { ...known, required: known.required || parameter.required });
  }
  return [...joined.values()].toSorted((a, b) => placeOrder.indexOf(a.in) - placeOrder.indexOf(b.in));
}

const placeOrder: readonly ParameterObject["in"][] = ["path", "query", "header", "cookie"];

function planPath(
  { parameters, template }: CompiledOperation,
  pathNames: readonly string[],
): readonly PlannedParameter[] {
  const schema = parameters.find(({ place }) => place === "path")?.schema;
  const properties = schema?.input === undefined ? undefined : collectProperties(schema.input);
  return template.parameters.map(({ name, converter }, index) => {
    const declared = properties?.get(name)?.schema;
    const isDeclared = declared !== undefined && Object.keys(declared).length > 0;
    return {
      name: pathNames[index] ?? name,
      in: "path",
      required: true,
      part: isDeclared ? declared : converter.schema,
      schema: isDeclared ? schema : undefined,
    };
  });
}

function planStep({ place, schema }: ParameterStep): readonly PlannedParameter[] {
  const properties = collectProperties(schema.input ?? {});
  if (place === "query" && properties.size === 0) return planFreeQuery(schema);
  const planned: PlannedParameter[] = [];
  for (const [name, { schema: part, required }] of properties) {
    if (place === "headers" && ignoredHeaders.has(name.toLowerCase())) continue;
    planned.push({ name, in: placesInOpenApi[place], required, part, schema });
  }
  return planned;
}

/** A query of any names: one object whose members are spread over the query, so that its own name is never sent. */
function planFreeQuery(schema: Schema): readonly PlannedParameter[] {
  const root = schema.input ?? {};
  const { properties, propertyNames, additionalProperties } = resolveReference(root, root) ?? root;
  const isEmpty = properties !== undefined && additionalProperties === undefined;
  if (isEmpty || additionalProperties === false) return [];
  const part: JsonSchema = {
    type: "object",
    ...(propertyNames === undefined ? {} : { propertyNames }),
    additionalProperties: additionalProperties ?? true,
  };
  return [{ name: "query", in: "query", required: false, part, schema }];
}

/** The parameter objects, with the words about a parameter lifted out of its schema. */
export function describeParameters(
  planned: readonly PlannedParameter[],
  components: SchemaComponents,
): readonly ParameterObject[] {
  return planned.map(({ part, schema: source, ...parameter }) => {
    // A part that is written as a reference has its words in the component, where the page of a parameter shows none.
    const { description, deprecated, type } = { ...resolveReference(part, source?.input ?? {}), ...part };
    const described = source === undefined ? part : components.describePart(source, part);
    const { description: _, deprecated: __, ...schema } = described;
    return {
      name: parameter.name,
      in: parameter.in,
      ...(parameter.required ? { required: true } : {}),
      ...(typeof description === "string" ? { description } : {}),
      ...(deprecated === true ? { deprecated } : {}),
      ...describeStyle(parameter.in, type),
      schema,
    };
  });
}

function describeStyle(
  place: ParameterObject["in"],
  type: JsonSchema["type"],
): Pick<ParameterObject, "style" | "explode"> {
  if (place === "header" && type === "array") return { style: "simple" };
  if (place === "query" && type === "object") return { style: "form", explode: true };
  return {};
}

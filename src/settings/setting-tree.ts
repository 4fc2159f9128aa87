/** The settings that a JSON Schema declares, as a tree: under which names each is looked for, and how its text is read. */

import { compileCoercion, type TextCoercion } from "../parameters/compile-coercion.ts";
import type { JsonSchema } from "../schema/json-schema.ts";
import { isSchemaObject, resolveReference } from "../schema/walk-json-schema.ts";
import { describeExpected } from "./describe-expected.ts";
import { listVariableNames } from "./setting-names.ts";

export interface SettingNode {
  readonly name: string;
  /** Variables in the order in which they are looked for. */
  readonly variables: readonly string[];
  /** The settings of an object; empty for one that has a single text. */
  readonly members: readonly SettingNode[];
  readonly isRequired: boolean;
  /** In words, for messages. */
  readonly expected: string;
  /** The value of a text; undefined for an empty text that cannot be one. Text that does not fit stays text. */
  readonly read: (text: string) => unknown;
}

/** Names that would reach into prototypes. */
const unsafeNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Compiles the properties of the schema `root`; names of variables begin with `prefix`. */
export function compileSettingTree(root: JsonSchema, prefix: string): readonly SettingNode[] {
  return compileMembers(root, { root, prefix, path: [], seen: new Set() });
}

interface Place {
  readonly root: JsonSchema;
  readonly prefix: string;
  readonly path: readonly string[];
  /** The schemas around: one that contains itself is read as JSON. */
  readonly seen: ReadonlySet<JsonSchema>;
}

function compileMembers(schema: JsonSchema, place: Place): readonly SettingNode[] {
  const branches = listBranches(schema, place.root);
  if (branches.some((branch) => place.seen.has(branch))) return [];
  const inside = { ...place, seen: new Set([...place.seen, ...branches]) };
  const properties = new Map<string, JsonSchema[]>();
  for (const branch of branches) {
    for (const [name, property] of Object.entries(branch.properties ?? {})) {
      if (!unsafeNames.has(name)) properties.set(name, [...(properties.get(name) ?? []), property]);
    }
  }
  const required = new Set(branches.flatMap((branch) => branch.required ?? []));
  return [...properties].map(([name, [first = {}, ...others]]) =>
    compileNode(others.length === 0 ? first : { anyOf: [first, ...others] }, {
      ...inside,
      path: [...place.path, name],
      isRequired: required.has(name),
    }),
  );
}

function compileNode(schema: JsonSchema, place: Place & { readonly isRequired: boolean }): SettingNode {
  const { root, prefix, path, isRequired } = place;
  return {
    name: path.at(-1) ?? "",
    variables: listVariableNames(path, prefix),
    members: compileMembers(schema, place),
    isRequired,
    expected: describeExpected(schema, root),
    read: compileRead(compileCoercion(schema, root), listBranches(schema, root).some(takesObject)),
  };
}

/** The schema itself, what it refers to, and all its branches. */
function listBranches(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  const found = new Set<JsonSchema>();
  const pending: unknown[] = [schema];
  while (pending.length > 0) {
    const next = pending.shift();
    if (!isSchemaObject(next) || found.has(next)) continue;
    found.add(next);
    pending.push(resolveReference(next, root), ...(next.allOf ?? []), ...(next.anyOf ?? []), ...(next.oneOf ?? []));
  }
  return [...found];
}

function takesObject({ type, properties }: JsonSchema): boolean {
  return properties !== undefined || type === "object" || (Array.isArray(type) && type.includes("object"));
}

function compileRead(coercion: TextCoercion, isObject: boolean): SettingNode["read"] {
  const { readItem, isListOnly } = coercion;
  return (text) => {
    if (readItem !== undefined && (isListOnly || text.trimStart().startsWith("["))) {
      const list = readList(text, coercion);
      if (list !== undefined) return list;
    }
    if (isObject && text.trimStart().startsWith("{")) return parseText(text) ?? text;
    return text === "" && !coercion.takesEmpty ? undefined : coercion.readOne(text);
  };
}

/** JSON when it begins with "[", otherwise texts between commas; undefined when JSON cannot be read. */
function readList(text: string, { readItem, isListOnly }: TextCoercion): unknown {
  if (text.trimStart().startsWith("[")) return parseText(text) ?? (isListOnly ? text : undefined);
  if (text.trim() === "") return [];
  return text.split(",").map((item, index) => readItem?.(item.trim(), index));
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Compiles the JSON Schema of one text input to the coercion of its text, or of its repeated texts. */

import type { JsonSchema } from "../schema/json-schema.ts";
import { isSchemaObject, resolveReference } from "../schema/walk-json-schema.ts";
import { readBoolean, readInteger, readNumber, type ReadText } from "./coerce-text.ts";

export interface TextCoercion {
  /** The value of a text sent once. Text that does not coerce comes back as it is. */
  readonly readOne: (text: string) => unknown;
  /** The value of the text at one position of a list; undefined when the schema takes no list. */
  readonly readItem: ((text: string, index: number) => unknown) | undefined;
  /** The schema takes a list and nothing else: a text sent once is a list of one. */
  readonly isListOnly: boolean;
  /** Empty text can be a value: the schema takes text, or turns emptiness into null. */
  readonly takesEmpty: boolean;
  /** The same for an item of a list. */
  readonly takesEmptyItem: boolean;
}

/** What one branch of a schema takes. "opaque": something that no text can become, such as an object. */
type Leaf =
  | { readonly kind: "any" | "text" | "integer" | "number" | "boolean" | "null" | "opaque" }
  | { readonly kind: "members"; readonly members: readonly unknown[] }
  | { readonly kind: "list"; readonly items: JsonSchema; readonly prefix: readonly JsonSchema[] };

const anything: readonly Leaf[] = [{ kind: "any" }];

/** Compiles a schema whose references lead into the `$defs` of `root`. */
export function compileCoercion(schema: JsonSchema, root: JsonSchema): TextCoercion {
  const leaves = expand({ schema, root, seen: new Set() });
  const lists = leaves.filter((leaf) => leaf.kind === "list");
  const isListOnly =
    lists.length > 0 && leaves.every(({ kind }) => kind === "list" || kind === "null" || kind === "opaque");
  const items = lists.length === 0 ? undefined : compileItems(lists, root);
  return {
    readOne: compileScalar(leaves),
    readItem: items?.readItem,
    isListOnly,
    takesEmpty:
      leaves.some(({ kind }) => kind === "any" || kind === "text" || kind === "null") || members(leaves).includes(""),
    takesEmptyItem: items?.takesEmpty ?? true,
  };
}

type ListLeaf = Extract<Leaf, { readonly kind: "list" }>;

function compileItems(
  lists: readonly ListLeaf[],
  root: JsonSchema,
): { readonly readItem: (text: string, index: number) => unknown; readonly takesEmpty: boolean } {
  const length = Math.max(...lists.map(({ prefix }) => prefix.length));
  const compileAt = (index: number): TextCoercion =>
    compileCoercion({ anyOf: lists.map(({ prefix, items }) => prefix[index] ?? items) }, root);
  const first = Array.from({ length }, (_, index) => compileAt(index));
  const rest = compileAt(length);
  return { readItem: (text, index) => (first[index] ?? rest).readOne(text), takesEmpty: rest.takesEmpty };
}

/** Exact members first, then plain text, then the first branch that can read the text, then null for nothing. */
function compileScalar(leaves: readonly Leaf[]): (text: string) => unknown {
  const readMember = compileMembers(members(leaves));
  const takesText = leaves.some(({ kind }) => kind === "any" || kind === "text");
  if (takesText) return (text) => readMember?.(text) ?? text;
  const readers = leaves.flatMap(({ kind }) => scalarReaders.get(kind) ?? []);
  const takesNull = leaves.some(({ kind }) => kind === "null") || members(leaves).includes(null);
  const [only] = readers;
  if (only !== undefined && readers.length === 1 && readMember === undefined && !takesNull)
    return (text) => only(text) ?? text;
  return (text) => {
    const member = readMember?.(text);
    if (member !== undefined) return member;
    for (const read of readers) {
      const value = read(text);
      if (value !== undefined) return value;
    }
    return takesNull && text === "" ? null : text;
  };
}

const scalarReaders: ReadonlyMap<Leaf["kind"], ReadText> = new Map<Leaf["kind"], ReadText>([
  ["integer", readInteger],
  ["number", readNumber],
  ["boolean", readBoolean],
]);

function members(leaves: readonly Leaf[]): readonly unknown[] {
  return leaves.flatMap((leaf) => (leaf.kind === "members" ? leaf.members : []));
}

function compileMembers(all: readonly unknown[]): ReadText | undefined {
  const values = new Set(all);
  const numbers = all.some((member) => typeof member === "number");
  const flags = values.has(true) || values.has(false);
  if (values.size === 0) return undefined;
  return (text) => {
    if (values.has(text)) return text;
    const number = numbers ? readNumber(text) : undefined;
    if (number !== undefined && values.has(number)) return number;
    const flag = flags ? readBoolean(text) : undefined;
    return flag !== undefined && values.has(flag) ? flag : undefined;
  };
}

interface Place {
  readonly schema: JsonSchema;
  readonly root: JsonSchema;
  readonly seen: ReadonlySet<JsonSchema>;
}

/** The branches of a schema; of parts that hold together, those of the part that says most. */
function expand({ schema, root, seen }: Place): readonly Leaf[] {
  if (seen.has(schema)) return anything;
  const deeper = new Set(seen).add(schema);
  const inside = (part: JsonSchema): readonly Leaf[] => expand({ schema: part, root, seen: deeper });
  const target = resolveReference(schema, root);
  const together = [target, ...(schema.allOf ?? [])].filter(isSchemaObject).map(inside);
  const unions = [schema.anyOf, schema.oneOf].filter((union) => union !== undefined);
  const candidates = [
    expandOwn(schema),
    ...together,
    ...unions.map((union) => union.filter(isSchemaObject).flatMap(inside)),
  ];
  const best = candidates.reduce((one, other) => (precision(other) > precision(one) ? other : one));
  return schema["nullable"] === true ? [...best, { kind: "null" }] : best;
}

function expandOwn(schema: JsonSchema): readonly Leaf[] {
  if (schema.const !== undefined) return [{ kind: "members", members: [schema.const] }];
  if (schema.enum !== undefined) return [{ kind: "members", members: schema.enum }];
  const types = typeof schema.type === "string" ? [schema.type] : schema.type;
  if (types !== undefined) return types.map((type) => leafOf(type, schema));
  return schema.items !== undefined || schema.prefixItems !== undefined ? [listLeaf(schema)] : anything;
}

function leafOf(type: string, schema: JsonSchema): Leaf {
  if (type === "string") return { kind: "text" };
  if (type === "integer" || type === "number" || type === "boolean" || type === "null") return { kind: type };
  return type === "array" ? listLeaf(schema) : { kind: "opaque" };
}

function listLeaf({ items, prefixItems }: JsonSchema): Leaf {
  return { kind: "list", items: isSchemaObject(items) ? items : {}, prefix: prefixItems ?? [] };
}

const precisions: Readonly<Record<Leaf["kind"], number>> = {
  any: 0,
  opaque: 1,
  text: 1,
  number: 2,
  integer: 3,
  boolean: 3,
  list: 3,
  members: 4,
  null: 5,
};

function precision(leaves: readonly Leaf[]): number {
  return leaves.reduce((lowest, { kind }) => Math.min(lowest, precisions[kind]), Number.POSITIVE_INFINITY);
}

/** Tells whether two definitions describe the same shape, whatever the keys of their references are. */

import { definitionKey } from "../schema/walk-json-schema.ts";
import type { Definition, SchemaNode } from "./schema-definition.ts";

/** What `additionalProperties: false` counts: nothing between the sides, as vendors write it on one side only. */
export type Closedness = "ignored" | "compared";

/** Whether two definitions say the same, references followed, the order of members and of `required` aside. */
export function isSameDefinition(one: Definition, other: Definition, closedness: Closedness = "ignored"): boolean {
  const comparison = new Comparison(closedness);
  return comparison.isSame({ value: one.schema, definition: one }, { value: other.schema, definition: other });
}

interface Located {
  readonly value: unknown;
  readonly definition: Definition;
}

class Comparison {
  /** Pairs of schemas that are taken for the same while they are compared: recursive schemas end here. */
  readonly #assumed = new Map<unknown, Set<unknown>>();
  readonly #closedness: Closedness;

  constructor(closedness: Closedness) {
    this.#closedness = closedness;
  }

  isSame(one: Located, other: Located): boolean {
    const oneNode = readNode(one);
    const otherNode = readNode(other);
    if (oneNode !== undefined && otherNode !== undefined) {
      const isSameTarget = this.#isSameTarget(
        { node: oneNode, side: one.definition.side },
        { node: otherNode, side: other.definition.side },
      );
      return isSameTarget && this.#isSameValue(one, other, true);
    }
    const [first, second] = [unfold(one, oneNode), unfold(other, otherNode)];
    if (first === one && second === other) return this.#isSameValue(one, other, false);
    return this.#assume(first.value, second.value) || this.isSame(first, second);
  }

  /** Whether the pair is being compared already; from now on it is. */
  #assume(one: unknown, other: unknown): boolean {
    const known = this.#assumed.get(one) ?? new Set();
    if (known.has(other)) return true;
    this.#assumed.set(one, known.add(other));
    return false;
  }

  #isSameTarget(one: Target, other: Target): boolean {
    if (one.node.given !== other.node.given) return false;
    if (one.node === other.node && one.side === other.side) return true;
    const first = one.node.definitions.get(one.side);
    const second = other.node.definitions.get(other.side);
    if (first === undefined || second === undefined) return first === second;
    if (this.#assume(first.schema, second.schema)) return true;
    return this.isSame({ value: first.schema, definition: first }, { value: second.schema, definition: second });
  }

  #isSameValue(one: Located, other: Located, isReference: boolean): boolean {
    const { value: first } = one;
    const { value: second } = other;
    if (!isContainer(first) || !isContainer(second)) return Object.is(first, second);
    if (Array.isArray(first) !== Array.isArray(second)) return false;
    const members = this.#readMembers(first, isReference);
    const others = this.#readMembers(second, isReference);
    if (members.size !== others.size) return false;
    return [...members].every(
      ([key, member]) =>
        others.has(key) && this.isSame({ ...one, value: member }, { ...other, value: others.get(key) }),
    );
  }

  #readMembers(value: Container, isReference: boolean): ReadonlyMap<string, unknown> {
    const members = new Map<string, unknown>();
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined || (key === "$ref" && isReference)) continue;
      if (key === "additionalProperties" && member === false && this.#closedness === "ignored") continue;
      if (key !== "required" || !Array.isArray(member)) members.set(key, member);
      else if (member.length > 0) members.set(key, member.map(String).toSorted());
    }
    return members;
  }
}

interface Target {
  readonly node: SchemaNode;
  readonly side: Definition["side"];
}

type Container = Readonly<Record<string, unknown>>;

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

/** What a reference without a name stands for: where a recursion starts, vendors write the schema once in full. */
function unfold(located: Located, node: SchemaNode | undefined): Located {
  const { value, definition } = located;
  const target = node?.given === undefined ? node?.definitions.get(definition.side) : undefined;
  const isPure = isContainer(value) && Object.keys(value).length === 1;
  return target === undefined || !isPure ? located : { value: target.schema, definition: target };
}

/** The node that a value refers to, if it is a reference. */
function readNode({ value, definition }: Located): SchemaNode | undefined {
  if (!isContainer(value) || typeof value["$ref"] !== "string") return undefined;
  const key = definitionKey(value["$ref"]);
  return key === undefined ? undefined : definition.scope.get(key);
}

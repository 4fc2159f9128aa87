/** Messages of channels that leave the process: JSON, and nothing that would arrive as something else. */

import { ApusError } from "../errors/apus-error.ts";

/**
 * The message as JSON text. Members of objects that are `undefined` are left out.
 * @throws ApusError APUS_UNSERIALIZABLE for what would not arrive as it is: a Date, a Map, a bigint, NaN, an instance of a class
 */
export function encodeChannelMessage(name: string, message: unknown): string {
  try {
    return JSON.stringify(message, checkMember);
  } catch (cause) {
    const why = cause instanceof RangeError ? "it is nested too deeply" : (cause as Error).message.split("\n")[0];
    const place = `What was published on the channel ${JSON.stringify(name.slice(0, 80))}`;
    throw new ApusError("APUS_UNSERIALIZABLE", `${place} is not JSON, which other processes need: ${why}.`, { cause });
  }
}

/** Looks at the value as it stands in its object: what is handed over has been through its own `toJSON()`. */
function checkMember(this: unknown, key: string, value: unknown): unknown {
  const found = (this as Record<string, unknown>)[key];
  switch (typeof found) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (!Number.isFinite(found)) throw new TypeError(`${found} is no number of JSON`);
      return value;
    case "undefined":
      if (key === "" || Array.isArray(this)) throw new TypeError("undefined has no JSON form");
      return value;
    case "object":
      if (found === null || isPlain(found)) return value;
      throw new TypeError(`a ${nameOf(found)} would not arrive as one; publish text or a plain object made from it`);
    case "bigint":
    case "symbol":
    case "function":
    default:
      throw new TypeError(`a ${typeof found} has no JSON form`);
  }
}

function isPlain(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && typeof Reflect.get(value, "toJSON") !== "function";
}

function nameOf(value: object): string {
  const { constructor } = value as { readonly constructor?: { readonly name?: unknown } };
  return typeof constructor?.name === "string" && constructor.name !== "" ? constructor.name : "object";
}

/** JSON text of a returned value: `JSON.stringify`, with decimal text for bigint and a refusal of what would be lost. */

/**
 * Date as ISO 8601 text, bigint as decimal text, `toJSON` honoured, undefined members left out, null-prototype rows as objects.
 * @throws TypeError for cycles, for functions, symbols, Map, Set, iterators, bytes and errors at the top, and for undefined.
 */
export function encodeJson(value: unknown): string {
  refuseLossy(value);
  let encoded: string | undefined;
  try {
    encoded = JSON.stringify(value);
  } catch (error) {
    if (!(error instanceof TypeError) || !error.message.includes("BigInt")) throw error;
    encoded = JSON.stringify(value, (_key, member: unknown) => (typeof member === "bigint" ? String(member) : member));
  }
  if (encoded === undefined) throw new TypeError(`a ${typeof value} has no JSON form`);
  return encoded;
}

/** JSON.stringify would turn these into "{}", or bytes into a list of numbers, without a word. */
function refuseLossy(value: unknown): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return;
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) {
    throw new TypeError("bytes have no JSON form; return a Response made from them");
  }
  if (typeof (value as { toJSON?: unknown }).toJSON === "function") return;
  if (value instanceof Error) throw new TypeError("an Error has no JSON form; throw it instead of returning it");
  if (!(Symbol.iterator in value) && !(Symbol.asyncIterator in value) && !(value instanceof Promise)) return;
  const name = value.constructor?.name ?? "iterator";
  throw new TypeError(`a ${name} has no JSON form; return an array or a plain object made from it`);
}

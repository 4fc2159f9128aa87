/** Settings as a program holds them: they cannot be changed, and printing them shows no secret. */

import { inspect, type InspectOptions } from "node:util";
import { redactFields } from "../log/redact.ts";
import { isSecretSetting } from "./setting-names.ts";

/** Values that stay what they are: no properties of theirs are settings. */
type Opaque =
  | string
  | number
  | boolean
  | bigint
  | symbol
  | null
  | undefined
  | Date
  | URL
  | RegExp
  | Uint8Array
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | ((...values: never) => unknown);

/** The same at any depth, but readonly. */
export type FrozenSettings<T> = T extends Opaque
  ? T
  : T extends object
    ? { readonly [Name in keyof T]: FrozenSettings<T[Name]> }
    : T;

const mask = "[redacted]";

/**
 * A frozen copy of plain objects and lists at any depth; instances of classes stay as they are.
 * `inspect`, `console.log` and `JSON.stringify` hide what has a secret's name, or one of `secrets`, and the user and
 * password of URLs.
 */
export function freezeSettings(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) return Object.freeze(value.map((item) => freezeSettings(item, secrets)));
  if (!isPlain(value)) return value;
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, freezeSettings(member, secrets)]),
  );
  const show = (): unknown => redactFields(hide(copy, secrets) as Record<string, unknown>);
  const define = (name: string | symbol, method: unknown): void => {
    if (!Object.hasOwn(copy, name)) Object.defineProperty(copy, name, { value: method });
  };
  define("toJSON", show);
  define(inspect.custom, (_depth: number, options: InspectOptions) => inspect(show(), options));
  return Object.freeze(copy);
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function hide(value: unknown, secrets: ReadonlySet<string>): unknown {
  if (typeof value === "string") return hideUser(value);
  if (Array.isArray(value)) return value.map((item) => hide(item, secrets));
  if (!isPlain(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const isHidden = member !== undefined && (secrets.has(name) || isSecretSetting(name));
      return [name, isHidden ? mask : hide(member, secrets)];
    }),
  );
}

/** Rather too much than too little: a password may have "/" and "@" in it, and a text several URLs. */
function hideUser(text: string): string {
  const start = text.indexOf("://");
  const end = text.lastIndexOf("@");
  return start === -1 || end < start ? text : `${text.slice(0, start + 3)}${mask}${text.slice(end)}`;
}

/** The checks of one function's options, by option name: plain JavaScript gets the refusals that the type checker gives. */

import { checkOptionNames, refuseOption } from "./factory-options.ts";

/** The longest time in milliseconds that a timer of Node.js can wait for; beyond it, it would not wait at all. */
export const longestTime = 2_147_483_647;

/** Each check takes the name of an option and passes one that was left out. @throws ApusError APUS_BAD_OPTION */
export class CheckedOptions {
  readonly #factory: string;
  readonly #options: Readonly<Record<string, unknown>>;

  /** `factory` is the name that users call; `known` are the names of all its options. */
  constructor(factory: string, options: object, known: readonly string[]) {
    checkOptionNames(factory, options, known);
    this.#factory = factory;
    this.#options = options as Readonly<Record<string, unknown>>;
  }

  /** A whole number between two bounds. */
  whole(name: string, lowest: number, highest: number = Number.MAX_SAFE_INTEGER): void {
    const value = this.#options[name];
    if (value === undefined) return;
    const isFine = Number.isSafeInteger(value) && Number(value) >= lowest && Number(value) <= highest;
    if (!isFine) this.refuse(name, `a whole number from ${lowest} to ${highest}`);
  }

  /** Not left out. */
  given(name: string, wanted: string): void {
    if (this.#options[name] === undefined) this.refuse(name, wanted);
  }

  oneOf(name: string, values: readonly (string | number)[]): void {
    const value = this.#options[name] as string | number | undefined;
    if (value !== undefined && !values.includes(value)) this.refuse(name, `one of ${values.join(", ")}`);
  }

  /** A function, or true or false. */
  kind(name: string, kind: "function" | "boolean"): void {
    const value = this.#options[name];
    if (value !== undefined && typeof value !== kind) {
      this.refuse(name, kind === "boolean" ? "true or false" : "a function");
    }
  }

  /** An object with these methods. */
  methods(name: string, methods: readonly string[]): void {
    const value = this.#options[name];
    if (value === undefined) return;
    const lacks = methods.find((method) => typeof (value as Record<string, unknown> | null)?.[method] !== "function");
    if (lacks !== undefined) this.refuse(name, `an object with the methods ${methods.join(", ")}`);
  }

  refuse(name: string, wanted: string): never {
    throw refuseOption(`${this.#factory}({ ${name} })`, this.#options[name], wanted);
  }
}

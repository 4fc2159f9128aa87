/** The header fields of an upstream's answer, read where they are. */

import type { RequestHeaders } from "../http/http-request.ts";

export type RawHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Names in lower case. Repeated fields are joined with ", "; `set-cookie` is read with `all()`. */
export class AnswerHeaders implements RequestHeaders {
  readonly #raw: RawHeaders;

  constructor(raw: RawHeaders) {
    this.#raw = raw;
  }

  get(name: string): string | undefined {
    const value = this.#find(name);
    return typeof value === "string" ? value : value?.join(", ");
  }

  all(name: string): readonly string[] {
    const value = this.#find(name);
    return typeof value === "string" ? [value] : (value ?? []);
  }

  *entries(): Generator<readonly [name: string, value: string]> {
    for (const [name, value] of Object.entries(this.#raw)) {
      if (typeof value === "string") yield [name, value];
      else for (const line of value ?? []) yield [name, line];
    }
  }

  #find(name: string): string | readonly string[] | undefined {
    const key = name.toLowerCase();
    return Object.hasOwn(this.#raw, key) ? this.#raw[key] : undefined;
  }
}

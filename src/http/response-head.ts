/** The head of the answer while a handler still works on it: status, headers, cookies. */

import { ApusError } from "../errors/apus-error.ts";
import { checkHeaderName, checkHeaderValue } from "./header-rules.ts";
import type { HeaderLine } from "./http-response.ts";
import { encodeSetCookie, type CookieOptions } from "./set-cookie.ts";

export class ResponseHead {
  #status: number | undefined;
  #lines: HeaderLine[] = [];
  #sent = false;

  /** Status of a plain returned value; undefined: what the operation declares. */
  get status(): number | undefined {
    return this.#status;
  }

  set status(status: number | undefined) {
    this.#assertOpen("status");
    if (status !== undefined && (!Number.isInteger(status) || status < 200 || status > 599)) {
      throw new ApusError("APUS_BAD_OPTION", `A response status is an integer from 200 to 599, not ${String(status)}.`);
    }
    this.#status = status;
  }

  /** Replaces every line of that name. */
  setHeader(name: string, value: string): void {
    this.#assertOpen(name);
    checkHeaderName(name);
    checkHeaderValue(name, value);
    const lowerCased = name.toLowerCase();
    this.#lines = [...this.#lines.filter(([existing]) => existing !== lowerCased), [lowerCased, value]];
  }

  /** Adds a line and keeps those that are there. */
  appendHeader(name: string, value: string): void {
    this.#assertOpen(name);
    checkHeaderName(name);
    checkHeaderValue(name, value);
    this.#lines.push([name.toLowerCase(), value]);
  }

  /** Sets a cookie with safe defaults: `Path=/; Secure; HttpOnly; SameSite=Lax`. */
  setCookie(name: string, value: string, options?: CookieOptions): void {
    this.#assertOpen("set-cookie");
    this.#lines.push(["set-cookie", encodeSetCookie(name, value, options)]);
  }

  /** Sets a cookie in the place of every cookie of that name that was set before, whatever its path and domain. */
  replaceCookie(name: string, value: string, options?: CookieOptions): void {
    this.#assertOpen("set-cookie");
    const line = encodeSetCookie(name, value, options);
    const isOther = ([field, existing]: HeaderLine): boolean =>
      field !== "set-cookie" || !existing.startsWith(`${name}=`);
    this.#lines = [...this.#lines.filter(isOther), ["set-cookie", line]];
  }

  /** Makes the browser forget a cookie; `path` and `domain` must be those that it was set with. */
  deleteCookie(name: string, options: CookieOptions = {}): void {
    this.setCookie(name, "", { ...options, maxAge: 0 });
  }

  /** Ends the time for changes and gives the lines. */
  close(): readonly HeaderLine[] {
    this.#sent = true;
    return this.#lines;
  }

  #assertOpen(what: string): void {
    if (!this.#sent) return;
    throw new ApusError("APUS_HEAD_SENT", `The response head has left: "${what}" can no longer be set.`);
  }
}

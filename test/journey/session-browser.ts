/** A browser that a session is tried with, request by request, without an app. */

import assert from "node:assert/strict";
import { parseCookies } from "../../src/http/cookie-header.ts";
import { ResponseHead } from "../../src/http/response-head.ts";
import type { Session } from "../../src/security/request-session.ts";
import type { SessionDependency } from "../../src/security/session.ts";

/** A browser with one cookie. `lines` are those of the last answer. */
export class Browser {
  cookie = "";
  lines: readonly (readonly [string, string])[] = [];

  /** One request; its answer leaves between the handler and the end of the dependency, as in an app. */
  async visit<Data extends object>(
    used: SessionDependency<Data>,
    handle: (session: Session<Data>) => void = () => {},
  ): Promise<Session<Data>> {
    const response = new ResponseHead();
    const headers = { get: (name: string) => (name === "cookie" && this.cookie !== "" ? this.cookie : undefined) };
    const run = used.provide({ request: { headers }, response } as never) as AsyncGenerator<
      Session<Data>,
      void,
      undefined
    >;
    const { value } = await run.next();
    handle(value as Session<Data>);
    this.lines = response.close();
    await run.next();
    const line = this.setCookie;
    if (line !== undefined) this.cookie = line.includes("Max-Age=0") ? "" : (line.split(";")[0] ?? "");
    return value as Session<Data>;
  }

  get setCookie(): string | undefined {
    const lines = this.lines.filter(([name]) => name === "set-cookie");
    assert.ok(lines.length <= 1, "one line of the cookie at most");
    return lines[0]?.[1];
  }

  get value(): string {
    return parseCookies(this.cookie)[0]?.[1] ?? "";
  }
}

/** Settable time in seconds. */
export function createClock(): { seconds: number; readonly clock: () => number } {
  const time = { seconds: 1_000_000, clock: () => time.seconds * 1000 };
  return time;
}

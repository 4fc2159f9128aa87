/** The cookies of a client: kept for all of its calls, sent where RFC 6265 says so. */

import type { CookieJar } from "tough-cookie";
import type { AnswerHeaders } from "./answer-headers.ts";
import type { CookiePackage } from "./load-undici.ts";

export class CookieStorage {
  readonly #jar: CookieJar;

  constructor({ CookieJar }: CookiePackage) {
    this.#jar = new CookieJar();
  }

  /** The `cookie` field for a URL; undefined when there is none. */
  async find(url: URL): Promise<string | undefined> {
    const field = await this.#jar.getCookieString(url.href);
    return field === "" ? undefined : field;
  }

  /** Keeps those that may be set by this answer; others are passed over. */
  async store(url: URL, headers: AnswerHeaders): Promise<void> {
    for (const line of headers.all("set-cookie")) await this.#jar.setCookie(line, url.href, { ignoreError: true });
  }
}

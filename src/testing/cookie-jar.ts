/** Cookies of a test client: kept between calls, sent back where RFC 6265bis says so for one origin. */

interface StoredCookie {
  readonly value: string;
  readonly path: string;
  readonly expires: number;
}

export class CookieJar {
  readonly #cookies = new Map<string, StoredCookie>();

  /** Takes the `set-cookie` lines of a response. `Secure` is not held against plain http: tests run on the loopback. */
  store(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
      const end = pair.indexOf("=");
      if (end < 1) continue;
      const fields = new Map(attributes.map((attribute) => splitAttribute(attribute)));
      const path = fields.get("path") ?? "/";
      const key = `${pair.slice(0, end)} ${path}`;
      const expires = readExpiry(fields);
      if (expires <= Date.now()) this.#cookies.delete(key);
      else this.#cookies.set(key, { value: pair, path, expires });
    }
  }

  /** The `cookie` field for a path; undefined when there is none. */
  header(path: string): string | undefined {
    const pairs = [...this.#cookies.values()]
      .filter((cookie) => cookie.expires > Date.now() && covers(cookie.path, path))
      .toSorted((one, other) => other.path.length - one.path.length)
      .map(({ value }) => value);
    return pairs.length === 0 ? undefined : pairs.join("; ");
  }

  /** The value of a cookie as it was sent; undefined when there is none. */
  get(name: string): string | undefined {
    const found = [...this.#cookies.values()].find(({ value }) => value.startsWith(`${name}=`));
    return found?.value.slice(name.length + 1);
  }

  clear(): void {
    this.#cookies.clear();
  }
}

function splitAttribute(attribute: string): readonly [string, string] {
  const end = attribute.indexOf("=");
  return end === -1 ? [attribute.toLowerCase(), ""] : [attribute.slice(0, end).toLowerCase(), attribute.slice(end + 1)];
}

function readExpiry(fields: ReadonlyMap<string, string>): number {
  const maxAge = fields.get("max-age");
  if (maxAge !== undefined) return Number(maxAge) > 0 ? Date.now() + Number(maxAge) * 1000 : 0;
  const expires = fields.get("expires");
  return expires === undefined ? Infinity : Date.parse(expires);
}

function covers(cookiePath: string, path: string): boolean {
  if (!path.startsWith(cookiePath)) return false;
  return cookiePath.endsWith("/") || path.length === cookiePath.length || path[cookiePath.length] === "/";
}

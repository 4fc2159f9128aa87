/** A key that a client sends with every request: in a header, in the query or in a cookie. */

import { ApusError } from "../errors/apus-error.ts";
import { parseCookies } from "../http/cookie-header.ts";
import { isToken } from "../http/header-rules.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { parseQuery } from "../parameters/parse-query.ts";
import { digestSecret, isKnownSecret } from "./equal-secrets.ts";
import { checkSchemeOptions, createScheme, type Scheme, type SchemeOptions } from "./scheme.ts";

export interface ApiKeyOptions<Result, Optional> extends SchemeOptions<string, Result, Optional> {
  readonly in: "header" | "query" | "cookie";
  /** Of the header, the query parameter or the cookie. */
  readonly name: string;
  /** The keys that are accepted, compared in constant time; the value is the key. Either these or `verify`. */
  readonly keys?: readonly string[] | undefined;
  /** The scheme's name in the documentation; `name` by default. */
  readonly schemeName?: string | undefined;
}

/**
 * The key, or what `verify` makes of it; a 401 without one, with a wrong one, or with several that differ. HTTP has no
 * registered scheme for keys, so the challenge is `ApiKey` and says where the key belongs.
 * @throws ApusError APUS_BAD_OPTION
 */
export function apiKey<Result = string, Optional extends boolean = false>(
  options: ApiKeyOptions<Result, Optional>,
): Scheme<Result, Optional> {
  checkOptions(options);
  const { in: place, name, keys, description, schemeName = name.replaceAll(/[^A-Za-z0-9._-]/g, "-") } = options;
  const scheme = { type: "apiKey", in: place, name, ...(description !== undefined && { description }) };
  const digests = keys?.map(digestSecret);
  const read = readers[place];
  const sought = place === "header" ? name.toLowerCase() : name;
  return createScheme<string>({
    factory: "apiKey",
    use: { name: schemeName, scheme },
    options,
    challenge: { scheme: "ApiKey", parameters: { in: place, name } },
    read: (request, refused) => {
      const [key, ...others] = new Set(read(request, sought));
      if (key === undefined || (key === "" && others.length === 0)) return undefined;
      if (others.length > 0 || (digests !== undefined && !isKnownSecret(key, digests))) throw refused();
      return key;
    },
  }) as Scheme<Result, Optional>;
}

type ReadKeys = (request: HttpRequest, name: string) => readonly string[];

const readers: Readonly<Record<ApiKeyOptions<unknown, boolean>["in"], ReadKeys>> = {
  header: ({ headers }, name) => headers.all(name),
  query: ({ query }, name) => valuesOf(parseQuery(query, "query"), name),
  cookie: ({ headers }, name) => valuesOf(parseCookies(headers.get("cookie") ?? ""), name),
};

function valuesOf(pairs: readonly (readonly [string, string])[], name: string): readonly string[] {
  return pairs.filter(([given]) => given === name).map(([, value]) => value);
}

const known = ["in", "name", "keys", "schemeName", "description", "optional", "verify"];

function checkOptions(options: ApiKeyOptions<unknown, boolean>): void {
  const check = checkSchemeOptions("apiKey", options, known);
  const { in: place, name, keys, verify } = options;
  check.given("in", 'one of "header", "query", "cookie"');
  check.oneOf("in", ["header", "query", "cookie"]);
  if (typeof name !== "string" || name === "" || (place !== "query" && !isToken(name))) {
    check.refuse("name", "the name of a header, a query parameter or a cookie");
  }
  if (keys === undefined) return;
  // Neither message shows a key.
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every((key) => typeof key === "string" && key !== "")) {
    throw new ApusError("APUS_BAD_OPTION", "apiKey({ keys }) must be a list of keys, none of them empty.");
  }
  if (verify !== undefined) {
    throw new ApusError("APUS_BAD_OPTION", "apiKey() takes keys or verify, not both: compare the keys in verify.");
  }
}

/** Sessions as a dependency: in an encrypted or signed cookie, or in a store on the server. */

import { dependency, type Dependency, type SecurityUse } from "../dependencies/dependency.ts";
import { ApusError } from "../errors/apus-error.ts";
import { parseCookies } from "../http/cookie-header.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { encodeSetCookie, maxCookieSize, type CookieOptions } from "../http/set-cookie.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { AnySchema, InferOutput, StandardSchema } from "../schema/standard-schema.ts";
import { RequestSession, type Session, type SessionRules } from "./request-session.ts";
import { CookieCarrier, StoreCarrier, type SessionCarrier } from "./session-carrier.ts";
import { createSeal, type SessionProtection } from "./session-seal.ts";
import type { SessionStore } from "./session-store.ts";

/** Attributes of the cookie. It is always `HttpOnly`. */
export interface SessionCookieOptions extends Pick<
  CookieOptions,
  "path" | "domain" | "secure" | "sameSite" | "partitioned" | "priority"
> {
  /** "__Host-session" by default: browsers take it over TLS only, from this host only. */
  readonly name?: string | undefined;
}

/** A secret of at least 32 random bytes; text counts as its UTF-8 bytes. */
export type SessionKey = string | Uint8Array;

export interface SessionOptions<S extends AnySchema = StandardSchema<unknown, Record<string, unknown>>> {
  /** Secrets for sessions in cookies: the first one seals, the older ones behind it still open. */
  readonly keys?: SessionKey | readonly SessionKey[] | undefined;
  /** Of sessions in cookies: "encrypted" by default; what is "signed" can be read by everybody. */
  readonly protection?: SessionProtection | undefined;
  /** Keeps sessions on the server, and only a random id in the cookie. In place of `keys`. */
  readonly store?: SessionStore | undefined;
  /** Of the data: kept ones that do not fit are dropped, new ones are an error. */
  readonly schema?: S | undefined;
  readonly cookie?: SessionCookieOptions | undefined;
  /** Seconds; 604,800 by default, a week. */
  readonly maxAge?: number | undefined;
  /** Whether `maxAge` begins anew with use; true by default. */
  readonly rolling?: boolean | undefined;
  /** Seconds after which even a session that is in use ends; without it, it goes on. */
  readonly lifetime?: number | undefined;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly clock?: (() => number) | undefined;
}

/** What `session()` gives: a dependency whose value is the session of the request. */
export type SessionDependency<Data extends object> = Dependency<
  Session<Data>,
  { readonly until: "handler"; readonly security: SecurityUse }
>;

/** The data of a session as its schema gives them. */
type DataOf<S> = InferOutput<S> extends infer Data extends object ? Data : Record<string, unknown>;

/**
 * A dependency that gives every request its session; what a handler that fails did to it is not kept.
 * @throws ApusError APUS_BAD_OPTION; APUS_INVALID_HEADER for a cookie that browsers would refuse
 */
export function session<S extends AnySchema = StandardSchema<unknown, Record<string, unknown>>>(
  options: SessionOptions<S>,
): SessionDependency<DataOf<S>> {
  checkOptions(options);
  const { schema, maxAge = 604_800, rolling = true, lifetime = Infinity, clock = Date.now } = options;
  const { name = "__Host-session", ...attributes } = options.cookie ?? {};
  const now = (): number => Math.floor(clock() / 1000);
  const createCarrier = prepareCarrier(options, { name, attributes: { ...attributes, maxAge } });
  const compile = async (): Promise<SessionRules> => {
    const compiled = schema === undefined ? undefined : await compileSchema(schema);
    return { name, attributes, maxAge, rolling, lifetime, now, schema: compiled };
  };
  const security = describeCookie(name);
  const given = dependency(
    // Optional in the documentation only: it has no inputs that could be missing, so it always runs.
    { name: "session()", until: "handler", optional: true, security },
    async function* ({ request, response }) {
      response.appendHeader("vary", "cookie");
      const own = new RequestSession(await compile(), createCarrier(), response);
      const cookie = readCookie(request, name);
      if (cookie !== undefined) await own.open(cookie);
      yield own;
      await own.end();
    },
  );
  return given as unknown as SessionDependency<DataOf<S>>;
}

/** Browsers send the cookie of the longest path first (RFC 6265bis §5.8.3), so of two with one name the first counts. */
function readCookie({ headers }: HttpRequest, name: string): string | undefined {
  const header = headers.get("cookie");
  return header === undefined ? undefined : parseCookies(header).find(([given]) => given === name)?.[1];
}

function describeCookie(name: string): SecurityUse {
  const words = name.replace(/^__(?:Host|Secure)-/i, "").replaceAll(/[^A-Za-z0-9._-]/g, "_");
  return { name: words, scheme: { type: "apiKey", in: "cookie", name } };
}

function prepareCarrier(
  { keys, store, protection = "encrypted" }: SessionOptions<AnySchema>,
  { name, attributes }: { readonly name: string; readonly attributes: CookieOptions },
): () => SessionCarrier {
  const frame = encodeSetCookie(name, "", attributes).length;
  if (store !== undefined) return () => new StoreCarrier(store);
  const seal = createSeal(readKeys(keys), { protection, name });
  return () => new CookieCarrier(seal, maxCookieSize - frame);
}

const minimumKeyBytes = 32;

/** Messages must not show any part of a key. */
function readKeys(keys: SessionOptions["keys"]): [Uint8Array, ...Uint8Array[]] {
  const list: readonly unknown[] = Array.isArray(keys) ? keys : [keys];
  const [first, ...older] = list.map((key) => (typeof key === "string" ? Buffer.from(key) : key));
  const isKey = (key: unknown): key is Uint8Array => key instanceof Uint8Array && key.length >= minimumKeyBytes;
  if (!isKey(first) || !older.every(isKey)) {
    const wanted = `a secret of at least ${minimumKeyBytes} random bytes, or a list of them with the current one first`;
    throw new ApusError("APUS_BAD_OPTION", `session({ keys }) must be ${wanted} (or give it a store).`);
  }
  return [first, ...older];
}

const known = ["keys", "protection", "store", "schema", "cookie", "maxAge", "rolling", "lifetime", "clock"];
const knownOfCookie = ["name", "path", "domain", "secure", "sameSite", "partitioned", "priority"];

function checkOptions(options: SessionOptions<AnySchema>): void {
  const check = new CheckedOptions("session", options, known);
  check.oneOf("protection", ["encrypted", "signed"]);
  check.methods("store", ["read", "write", "delete"]);
  check.whole("maxAge", 1);
  check.whole("lifetime", 1);
  check.kind("rolling", "boolean");
  check.kind("clock", "function");
  const { keys, store, schema, cookie = {}, protection } = options;
  if (store !== undefined && (keys !== undefined || protection !== undefined)) {
    const message = "session() takes a store or keys and protection: a cookie with nothing but a random id needs none.";
    throw new ApusError("APUS_BAD_OPTION", message);
  }
  const isSchema = (typeof schema === "object" && schema !== null) || typeof schema === "function";
  if (schema !== undefined && !(isSchema && "~standard" in schema)) check.refuse("schema", "a Standard Schema");
  void new CheckedOptions("session", cookie, knownOfCookie);
}

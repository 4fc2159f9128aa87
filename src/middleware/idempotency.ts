/** Lets clients repeat a request without its effect being repeated: the first answer is sent again. */

import { randomUUID } from "node:crypto";
import { HttpError } from "../errors/http-error.ts";
import { isToken } from "../http/header-rules.ts";
import type { HttpRequest } from "../http/http-request.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { warn } from "../http/abandon-response.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { hashKey, hashRequest, readCredentials, readKey } from "./idempotency-key.ts";
import type { IdempotencyRecord, IdempotencyStore, StoredAnswer } from "./idempotency-store.ts";
import { withKnownBody } from "./known-body.ts";
import { createMemoryIdempotencyStore } from "./memory-idempotency-store.ts";
import type { Middleware, Next } from "./middleware.ts";
import { dropFields } from "./response-fields.ts";

export type {
  IdempotencyClaim,
  IdempotencyRecord,
  IdempotencyStore,
  KeptAnswer,
  StoredAnswer,
} from "./idempotency-store.ts";
export { createMemoryIdempotencyStore } from "./memory-idempotency-store.ts";
export type { MemoryIdempotencyStoreOptions } from "./memory-idempotency-store.ts";

export interface IdempotencyOptions {
  /** Field that has the key; `"idempotency-key"` by default. */
  readonly header?: string;
  /** Milliseconds for which an answer is kept; a day by default. */
  readonly ttl?: number;
  /** Milliseconds after which a run whose process died no longer holds its key; five minutes by default. */
  readonly lease?: number;
  /** Methods that a key counts for; POST and PATCH by default. */
  readonly methods?: readonly string[];
  /** Answers 400 to a request of these methods without a key. Default false. */
  readonly required?: boolean;
  /**
   * Who a key belongs to, such as a user's id; by default whoever sends this `authorization`. Without one a key belongs
   * to everybody, and its answer to who sends the same cookies: others get a 422.
   */
  readonly scope?: (request: HttpRequest) => string;
  /** Bytes of a request with a key, which is read to be compared; 1 MiB by default. */
  readonly bodyLimit?: number;
  /** Bytes of an answer that are kept; 1 MiB by default. */
  readonly answerLimit?: number;
  /** A memory of its own by default. */
  readonly store?: IdempotencyStore;
}

type Settings = Required<IdempotencyOptions>;

const defaults = {
  header: "idempotency-key",
  ttl: 86_400_000,
  lease: 300_000,
  methods: ["POST", "PATCH"],
  required: false,
  scope: readCredentials,
  bodyLimit: 1_048_576,
  answerLimit: 1_048_576,
};

/** Answers about the moment, not about the request: the next try may run. */
const passing: ReadonlySet<number> = new Set([401, 403, 408, 409, 421, 423, 425, 429, 499]);

/** A replayed cookie would start a session again that has ended since; the rest is said anew by whoever says it. */
const unkeptFields: ReadonlySet<string> = new Set(["set-cookie", "date", "age", "x-request-id"]);

/**
 * Runs a request with a key once (draft-ietf-httpapi-idempotency-key-header-07): a repeated one gets the first answer with
 * `idempotent-replayed: true`, 409 while the first one runs, and 422 when it is another request.
 * @throws ApusError APUS_BAD_OPTION
 */
export function idempotency(options: IdempotencyOptions = {}): Middleware {
  checkOptions(options);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: Settings = { ...defaults, ...given, store: options.store ?? createMemoryIdempotencyStore() };
  const header = settings.header.toLowerCase();
  const methods = new Set(settings.methods);
  const isScoped = options.scope !== undefined;
  return async (request, next) => {
    if (!methods.has(request.method)) return next();
    const field = request.headers.get(header);
    if (field === undefined) {
      if (settings.required) throw new HttpError(400, { detail: `Send a key of your choice in ${settings.header}.` });
      return next();
    }
    const key = hashKey(settings.scope(request), readKey(field, settings.header));
    const content = await request.body.bytes(settings.bodyLimit);
    const run: Run = { key, owner: randomUUID(), fingerprint: hashRequest(request, content, isScoped) };
    const record = await claim(settings, run);
    if (record !== undefined) return replay(record, run.fingerprint);
    return runOnce(settings, run, () => next(withKnownBody(request, content)));
  };
}

interface Run {
  readonly key: string;
  readonly owner: string;
  readonly fingerprint: string;
}

/** @throws HttpError 503 when the store fails: without it nobody knows whether the request has run. */
async function claim({ store, lease }: Settings, { key, ...run }: Run): Promise<IdempotencyRecord | undefined> {
  try {
    return await store.claim(key, { ...run, lease });
  } catch (cause) {
    if (cause instanceof HttpError) throw cause;
    throw new HttpError(503, { detail: "The key could not be looked up." }, { cause });
  }
}

function replay({ fingerprint, answer }: IdempotencyRecord, wanted: string): HttpResponse {
  if (fingerprint !== wanted)
    throw new HttpError(422, { detail: "This key was used for another request, or by somebody else." });
  if (answer === "running") {
    throw new HttpError(409, { detail: "A request with this key is running." }, { headers: { "retry-after": "1" } });
  }
  if (answer === "not-kept") {
    throw new HttpError(409, { detail: "This request was answered already, and its answer was not kept." });
  }
  return { ...answer, headers: [...answer.headers, ["idempotent-replayed", "true"]] };
}

/** Whatever happens, the key is settled or free again before the answer leaves. */
async function runOnce(settings: Settings, run: Run, next: Next): Promise<HttpResponse> {
  let response: HttpResponse;
  try {
    response = await next();
  } catch (error) {
    await attempt(() => settings.store.release(run.key, run.owner));
    throw error;
  }
  const { status } = response;
  if (status >= 500 || passing.has(status)) await attempt(() => settings.store.release(run.key, run.owner));
  else {
    const kept = { answer: keepAnswer(response, settings.answerLimit) ?? "not-kept", ttl: settings.ttl } as const;
    await attempt(() => settings.store.settle(run.key, run.owner, kept));
  }
  return response;
}

/** The request has run and has an answer: a store that fails now does not take it away. */
async function attempt(step: () => unknown): Promise<void> {
  try {
    await step();
  } catch (cause) {
    warn(new Error("The store of idempotency() failed: a key is held until its lease ends.", { cause }));
  }
}

/** Undefined for streams and for what is too large. Bytes are copied: their owner may go on writing to them. */
function keepAnswer({ status, headers, body }: HttpResponse, limit: number): StoredAnswer | undefined {
  const lines = dropFields(headers, unkeptFields);
  if (body === null) return { status, headers: lines, body };
  if (typeof body === "string") {
    return Buffer.byteLength(body) <= limit ? { status, headers: lines, body } : undefined;
  }
  if (!(body instanceof Uint8Array) || body.length > limit) return undefined;
  return { status, headers: lines, body: Uint8Array.from(body) };
}

function checkOptions(options: IdempotencyOptions): void {
  const check = new CheckedOptions("idempotency", options, [...Object.keys(defaults), "store"]);
  for (const name of ["ttl", "lease"]) check.whole(name, 1);
  for (const name of ["bodyLimit", "answerLimit"]) check.whole(name, 0);
  check.kind("required", "boolean");
  check.kind("scope", "function");
  check.methods("store", ["claim", "settle", "release"]);
  const { header, methods } = options;
  if (header !== undefined && !(typeof header === "string" && isToken(header))) check.refuse("header", "a field name");
  const isListed = methods === undefined || (Array.isArray(methods) && methods.length > 0 && methods.every(isMethod));
  if (!isListed) check.refuse("methods", "a list of methods in upper case, at least one of them");
}

function isMethod(method: unknown): boolean {
  return typeof method === "string" && isToken(method) && method === method.toUpperCase();
}

/** Idempotency keys in the memory of one process, bounded in number and bytes, without a timer. */

import { HttpError } from "../errors/http-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import type {
  IdempotencyClaim,
  IdempotencyRecord,
  IdempotencyStore,
  KeptAnswer,
  StoredAnswer,
} from "./idempotency-store.ts";

export interface MemoryIdempotencyStoreOptions {
  /** Keys at most; 10,000 by default. Beyond it the oldest answers go; when all are running, new ones are refused. */
  readonly maxKeys?: number;
  /** Bytes of kept answers at most; 64 MiB by default. */
  readonly maxBytes?: number;
  /** Milliseconds, never going back; `performance.now` by default. */
  readonly clock?: () => number;
}

interface Entry extends IdempotencyRecord {
  readonly owner: string;
  readonly expires: number;
  readonly size: number;
}

/** A store for one process. @throws ApusError APUS_BAD_OPTION */
export function createMemoryIdempotencyStore(options: MemoryIdempotencyStoreOptions = {}): IdempotencyStore {
  const check = new CheckedOptions("createMemoryIdempotencyStore", options, ["maxKeys", "maxBytes", "clock"]);
  check.whole("maxKeys", 1);
  check.whole("maxBytes", 0);
  check.kind("clock", "function");
  return new MemoryIdempotencyStore(options);
}

class MemoryIdempotencyStore implements IdempotencyStore {
  readonly #maxKeys: number;
  readonly #maxBytes: number;
  readonly #clock: () => number;
  readonly #running = new Map<string, Entry>();
  /** The one that was settled first is first. */
  readonly #settled = new Map<string, Entry>();
  #bytes = 0;

  constructor({
    maxKeys = 10_000,
    maxBytes = 67_108_864,
    clock = () => performance.now(),
  }: MemoryIdempotencyStoreOptions) {
    this.#maxKeys = maxKeys;
    this.#maxBytes = maxBytes;
    this.#clock = clock;
  }

  claim(key: string, { fingerprint, owner, lease }: IdempotencyClaim): IdempotencyRecord | undefined {
    const now = this.#clock();
    const known = this.#running.get(key) ?? this.#settled.get(key);
    if (known !== undefined && known.expires > now) return known;
    this.#forget(key);
    this.#makeRoom(this.#maxKeys - 1, this.#maxBytes);
    this.#running.set(key, { fingerprint, answer: "running", owner, expires: now + lease, size: 0 });
    return undefined;
  }

  settle(key: string, owner: string, { answer, ttl }: KeptAnswer): void {
    const known = this.#running.get(key);
    if (known?.owner !== owner) return;
    this.#running.delete(key);
    const size = answer === "not-kept" ? 0 : measure(answer);
    const fits = size <= this.#maxBytes;
    this.#makeRoom(this.#maxKeys, this.#maxBytes - (fits ? size : 0));
    const kept = {
      ...known,
      answer: fits ? answer : "not-kept",
      expires: this.#clock() + ttl,
      size: fits ? size : 0,
    } as const;
    this.#bytes += kept.size;
    this.#settled.set(key, kept);
  }

  release(key: string, owner: string): void {
    if (this.#running.get(key)?.owner === owner) this.#running.delete(key);
  }

  #forget(key: string): void {
    this.#running.delete(key);
    this.#bytes -= this.#settled.get(key)?.size ?? 0;
    this.#settled.delete(key);
  }

  /** What runs is never forgotten while it holds its key: it would run twice. */
  #makeRoom(keys: number, bytes: number): void {
    const now = this.#clock();
    for (const [key, { expires }] of this.#settled) {
      const isFull = this.#running.size + this.#settled.size > keys || this.#bytes > bytes;
      if (!isFull && expires > now) break;
      this.#forget(key);
    }
    if (this.#running.size <= keys) return;
    for (const [key, { expires }] of this.#running) if (expires <= now) this.#running.delete(key);
    if (this.#running.size > keys) throw new HttpError(503, { detail: "Too many requests with a key are running." });
  }
}

function measure({ headers, body }: StoredAnswer): number {
  const lines = headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return lines + (body === null ? 0 : typeof body === "string" ? Buffer.byteLength(body) : body.length);
}

/** What carries a session from one request to the next: the cookie itself, or a store to which the cookie has the key. */

import { createHash, randomBytes } from "node:crypto";
import { ApusError } from "../errors/apus-error.ts";
import type { MaybePromise } from "../http/maybe-promise.ts";
import type { SessionSeal } from "./session-seal.ts";
import type { SessionStore, StoredSession } from "./session-store.ts";

export type SessionData = Readonly<Record<string, unknown>>;

/** A session as it is kept. Times are whole seconds since 1970. */
export interface SessionRecord {
  readonly data: SessionData;
  readonly created: number;
  readonly expires: number;
}

/** The carrier of one request's session. */
export interface SessionCarrier {
  /** What a cookie stands for; undefined when it is not, or no longer, one of ours. Whether it is over is not asked. */
  read(cookie: string): MaybePromise<SessionRecord | undefined>;
  /** Whether what was read should be written again for its own sake. */
  readonly isOld: boolean;
  /** The cookie's value for changed data. @throws ApusError APUS_SESSION */
  carry(record: SessionRecord): string;
  /** The cookie's value for what was read, with another end. @throws ApusError APUS_SESSION */
  prolong(record: SessionRecord): string;
  /** Parts with the id: what is carried from now on is another session. */
  renew(): void;
  /** Does what is left to be done outside; undefined when no session is left. */
  save(record: SessionRecord | undefined): Promise<void>;
}

/** Carries everything in the cookie, whose value may have `room` characters. */
export class CookieCarrier implements SessionCarrier {
  readonly #seal: SessionSeal;
  readonly #room: number;
  isOld = false;

  constructor(seal: SessionSeal, room: number) {
    this.#seal = seal;
    this.#room = room;
  }

  read(cookie: string): SessionRecord | undefined {
    const opened = this.#seal.open(cookie);
    if (opened === undefined) return undefined;
    this.isOld = opened.isOld;
    const [created, expires, data] = parseList(opened.text);
    return buildRecord({ created, expires, data });
  }

  carry({ created, expires, data }: SessionRecord): string {
    const value = this.#seal.seal(encode([created, expires, data]));
    if (value.length <= this.#room) return value;
    throw new ApusError(
      "APUS_SESSION",
      `The session has ${value.length} bytes once it is sealed, and its cookie has room for ${this.#room}: keep less in it, or give session() a store.`,
    );
  }

  prolong(record: SessionRecord): string {
    return this.carry(record);
  }

  renew(): void {}

  async save(): Promise<void> {}
}

/** Carries a random id in the cookie, and the rest in a store. */
export class StoreCarrier implements SessionCarrier {
  readonly isOld = false;
  readonly #store: SessionStore;
  #id: string | undefined;
  /** As it was read; undefined for an id that the store has not seen. */
  #stored: StoredSession | undefined;
  /** The data that are to be written. */
  #changed: string | undefined;
  #isProlonged = false;
  readonly #left: string[] = [];

  constructor(store: SessionStore) {
    this.#store = store;
  }

  async read(cookie: string): Promise<SessionRecord | undefined> {
    if (!isSessionId(cookie)) return undefined;
    const stored = await this.#store.read(hashId(cookie));
    const [created, data] = stored === undefined ? [] : parseList(stored.data);
    const record = buildRecord({ created, expires: stored?.expires, data });
    if (record === undefined) return undefined;
    this.#id = cookie;
    this.#stored = stored;
    return record;
  }

  carry({ created, data }: SessionRecord): string {
    this.#changed = encode([created, data]);
    return this.#currentId();
  }

  prolong(): string {
    this.#isProlonged = true;
    return this.#currentId();
  }

  renew(): void {
    if (this.#id !== undefined && this.#stored !== undefined) this.#left.push(this.#id);
    this.#id = undefined;
    this.#stored = undefined;
    this.#changed = undefined;
    this.#isProlonged = false;
  }

  async save(record: SessionRecord | undefined): Promise<void> {
    if (record === undefined) this.renew();
    else if (this.#id !== undefined) await this.#write(hashId(this.#id), record.expires);
    for (const id of this.#left) await this.#store.delete(hashId(id));
  }

  async #write(id: string, expires: number): Promise<void> {
    const data = this.#changed ?? (this.#isProlonged ? this.#stored?.data : undefined);
    if (data === undefined) return;
    if (this.#changed === undefined && this.#store.touch !== undefined) await this.#store.touch(id, expires);
    else await this.#store.write(id, { data, expires, isNew: this.#stored === undefined });
  }

  #currentId(): string {
    this.#id ??= randomBytes(idBytes).toString("base64url");
    return this.#id;
  }
}

const idBytes = 32;

/** An id that nobody was given would be looked for in vain; one of another form is not even looked for. */
function isSessionId(cookie: string): boolean {
  return /^[\w-]{43}$/.test(cookie);
}

/** Ids are random, so that one round without salt is enough. */
function hashId(id: string): string {
  return createHash("sha256").update(id).digest("base64url");
}

function encode(list: readonly unknown[]): string {
  try {
    return JSON.stringify(list);
  } catch (cause) {
    throw new ApusError("APUS_SESSION", "The session holds what JSON cannot: keep text, numbers, lists and objects.", {
      cause,
    });
  }
}

function parseList(text: string): readonly unknown[] {
  try {
    const list = JSON.parse(text) as unknown;
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

function buildRecord({
  created,
  expires,
  data,
}: Readonly<Record<keyof SessionRecord, unknown>>): SessionRecord | undefined {
  const isRecord = Number.isSafeInteger(created) && Number.isSafeInteger(expires);
  if (!isRecord || typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  return { created: created as number, expires: expires as number, data: data as SessionData };
}

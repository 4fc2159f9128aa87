/** Sessions in the memory of one process, bounded in number and size, without a timer. */

import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import type { SessionStore, StoredSession, WrittenSession } from "./session-store.ts";

export interface MemorySessionStoreOptions {
  /** Sessions at most; 10,000 by default. Beyond it, the one that was written first is forgotten. */
  readonly maxSessions?: number | undefined;
  /** Characters of data of all sessions together at most; 67,108,864 by default. */
  readonly maxSize?: number | undefined;
  /** Milliseconds since 1970; `Date.now` by default. */
  readonly clock?: (() => number) | undefined;
}

/** A store for one process: its sessions end with it. @throws ApusError APUS_BAD_OPTION */
export function createMemorySessionStore(options: MemorySessionStoreOptions = {}): Required<SessionStore> {
  const check = new CheckedOptions("createMemorySessionStore", options, ["maxSessions", "maxSize", "clock"]);
  check.whole("maxSessions", 1);
  check.whole("maxSize", 1);
  check.kind("clock", "function");
  return new MemorySessionStore(options);
}

class MemorySessionStore implements SessionStore {
  readonly #maxSessions: number;
  readonly #maxSize: number;
  readonly #clock: () => number;
  /** The one that was written or touched first is first. */
  readonly #sessions = new Map<string, StoredSession>();
  #size = 0;

  constructor({ maxSessions = 10_000, maxSize = 67_108_864, clock = Date.now }: MemorySessionStoreOptions) {
    this.#maxSessions = maxSessions;
    this.#maxSize = maxSize;
    this.#clock = clock;
  }

  read(id: string): StoredSession | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined || !this.#isOver(session)) return session;
    this.delete(id);
    return undefined;
  }

  write(id: string, { data, expires, isNew }: WrittenSession): void {
    if (!isNew && this.read(id) === undefined) return;
    if (data.length > this.#maxSize) {
      const message = `A session of ${data.length} characters is more than createMemorySessionStore({ maxSize }) allows.`;
      throw new ApusError("APUS_SESSION", message);
    }
    this.delete(id);
    this.#sessions.set(id, { data, expires });
    this.#size += data.length;
    this.#makeRoom();
  }

  touch(id: string, expires: number): void {
    const session = this.read(id);
    if (session !== undefined) this.write(id, { ...session, expires, isNew: false });
  }

  delete(id: string): void {
    this.#size -= this.#sessions.get(id)?.data.length ?? 0;
    this.#sessions.delete(id);
  }

  #isOver({ expires }: StoredSession): boolean {
    return expires * 1000 <= this.#clock();
  }

  #makeRoom(): void {
    for (const [id, session] of this.#sessions) {
      const isFull = this.#sessions.size > this.#maxSessions || this.#size > this.#maxSize;
      if (!isFull && !this.#isOver(session)) return;
      this.delete(id);
    }
  }
}

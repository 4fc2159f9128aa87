/** The seam of sessions that are kept on the server: texts by id, until a time. */

import type { MaybePromise } from "../http/maybe-promise.ts";

/** A session as a store holds it. */
export interface StoredSession {
  /** JSON; nothing in it is for the store. */
  readonly data: string;
  /** Whole seconds since 1970 after which it may be forgotten, and must not be given any more. */
  readonly expires: number;
}

/** A session that is to be kept. */
export interface WrittenSession extends StoredSession {
  /** Whether it was begun just now. If not, and the store has it no longer, it must stay gone: it was ended meanwhile. */
  readonly isNew: boolean;
}

/** `id` is a hash of 43 characters: who reads the store cannot take part in a session. A rejection fails the request. */
export interface SessionStore {
  read(id: string): MaybePromise<StoredSession | undefined>;
  write(id: string, session: WrittenSession): MaybePromise<void>;
  delete(id: string): MaybePromise<void>;
  /** Moves the end of a session that it has; without it, `write` does it with the data as they were read. */
  touch?(id: string, expires: number): MaybePromise<void>;
}

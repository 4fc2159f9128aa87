/** A bounded log of events in memory: who comes back with the last id it saw is given what came after it, and then what comes. */

import { randomBytes } from "node:crypto";
import { ApusError } from "../errors/apus-error.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { currentRequest } from "../http/current-request.ts";
import type { StopNotice } from "../http/stop-notice.ts";
import type { RequestContext } from "./request-context.ts";
import { ServerEvent } from "./server-event.ts";

/** Events that a follower was not given because they are no longer kept. */
export interface EventGap {
  /** How many; undefined where that cannot be known: the id it came back with is not of this log, such as one of before a restart. */
  readonly missed: number | undefined;
}

export interface EventLogOptions<Data> {
  /** Events that are kept for those who come back, or are slow; 1,000 by default. */
  readonly capacity?: number;
  /** What a follower is told in the place of events that it missed; undefined tells it nothing. */
  readonly gap: (gap: EventGap) => Data | ServerEvent<Data> | undefined;
}

export interface FollowOptions {
  /** The last id that the follower has seen; without one (or with an empty one) it is given everything that is kept. */
  readonly after?: string | undefined;
  /** Ends it; by default the `signal` of the running request. */
  readonly signal?: AbortSignal | undefined;
}

export interface EventLog<Data> {
  /** Of the newest event; before the first one, of the beginning. `follow({ after: log.lastId })` is given only what comes. */
  readonly lastId: string;
  /** How many followers wait for the next event. */
  readonly waiting: number;
  /**
   * Adds an event and gives its id; the oldest one is forgotten when there are too many. Nobody is waited for.
   * @throws ApusError APUS_BAD_OPTION for an event that has an id already
   */
  append(item: Data | ServerEvent<Data>): string;
  /**
   * What came after an id, then what comes, at the follower's pace, until `signal` fires or the app stops.
   * Where there is nothing to give yet, the first event has no data and only tells the follower's place, so that an answer can begin.
   */
  follow(options?: FollowOptions): AsyncIterable<ServerEvent<Data | undefined>>;
}

/**
 * Makes a log for routes with `events`: `log.append(data)` where something happens,
 * and `log.follow({ after: lastEventId })` returned by the handler.
 * @throws ApusError APUS_BAD_OPTION
 */
export function eventLog<Data>(options: EventLogOptions<Data>): EventLog<Data> {
  const check = new CheckedOptions("eventLog", options, [
    "capacity",
    "gap",
  ] satisfies readonly (keyof EventLogOptions<Data>)[]);
  check.whole("capacity", 1);
  check.given("gap", "a function that says what a follower is told of events that it missed");
  check.kind("gap", "function");
  return new MemoryEventLog(options);
}

/** A position as this log writes it. */
const positionForm = /^(?:0|[1-9][0-9]{0,15})$/;

class MemoryEventLog<Data> implements EventLog<Data> {
  readonly gap: EventLogOptions<Data>["gap"];
  readonly followers = new Set<LogFollower<Data>>();
  readonly #capacity: number;
  /** A ring: the event at position n is in the place (n - 1) % capacity. */
  readonly #events: ServerEvent<Data>[] = [];
  /** Its own, so that ids of another process, or of before a restart, are not taken for ids of this log. */
  readonly #prefix = `${randomBytes(6).toString("hex")}-`;
  newest = 0;

  constructor({ capacity = 1_000, gap }: EventLogOptions<Data>) {
    this.#capacity = capacity;
    this.gap = gap;
  }

  get lastId(): string {
    return this.idAt(this.newest);
  }

  get waiting(): number {
    return this.followers.size;
  }

  /** The position of the oldest event that is kept; the next one when none is. */
  get oldest(): number {
    return this.newest - this.#events.length + 1;
  }

  append(item: Data | ServerEvent<Data>): string {
    const { data, init } = item instanceof ServerEvent ? item : { data: item, init: {} };
    if (init.id !== undefined) {
      throw new ApusError(
        "APUS_BAD_OPTION",
        "append() was given an event with an id; the log gives each event its own.",
      );
    }
    const id = this.idAt(this.newest + 1);
    this.#events[this.newest % this.#capacity] = new ServerEvent(data, { ...init, id });
    this.newest += 1;
    for (const follower of this.followers) follower.wake();
    return id;
  }

  follow({ after, signal }: FollowOptions = {}): AsyncIterable<ServerEvent<Data | undefined>> {
    const context = currentRequest.getStore() as RequestContext | undefined;
    return new LogFollower(this, after, { signal: signal ?? context?.signal, stopNotice: context?.stopNotice });
  }

  idAt(position: number): string {
    return `${this.#prefix}${position}`;
  }

  eventAt(position: number): ServerEvent<Data> {
    return this.#events[(position - 1) % this.#capacity] as ServerEvent<Data>;
  }

  /** The position of an id; undefined when this log has not given it. */
  readId(id: unknown): number | undefined {
    if (typeof id !== "string" || !id.startsWith(this.#prefix)) return undefined;
    const digits = id.slice(this.#prefix.length);
    return positionForm.test(digits) && Number(digits) <= this.newest ? Number(digits) : undefined;
  }
}

/** What ends a follower. */
interface FollowerEnds {
  readonly signal: AbortSignal | undefined;
  readonly stopNotice: StopNotice | undefined;
}

type Step<Data> = IteratorResult<ServerEvent<Data | undefined>, undefined>;

/** Only a place in the log: whoever is slow costs no memory. Not a generator, whose `return()` would wait for the next event. */
class LogFollower<Data> implements AsyncIterableIterator<ServerEvent<Data | undefined>, undefined> {
  readonly #log: MemoryEventLog<Data>;
  readonly #after: string | undefined;
  readonly #ends: FollowerEnds;
  /** The position that it is given next; undefined before it has begun. */
  #next: number | undefined;
  #pending: PromiseWithResolvers<void> | undefined;
  #forgetStop: (() => void) | undefined;
  #isOver = false;

  constructor(log: MemoryEventLog<Data>, after: string | undefined, ends: FollowerEnds) {
    this.#log = log;
    this.#after = after === "" ? undefined : after;
    this.#ends = ends;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Step<Data>> {
    while (!this.#isOver && this.#ends.signal?.aborted !== true) {
      const value = this.#next === undefined ? this.#begin() : this.#take(this.#next);
      if (value !== undefined) return { done: false, value };
      await this.#wait();
    }
    return this.return();
  }

  return(): Promise<Step<Data>> {
    this.#end();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Ends its waiting, if it waits. */
  readonly wake = (): void => {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#log.followers.delete(this);
    this.#ends.signal?.removeEventListener("abort", this.wake);
    this.#forgetStop?.();
    pending.resolve();
  };

  #end(): void {
    this.#isOver = true;
    this.wake();
  }

  #wait(): Promise<void> {
    if (this.#pending !== undefined) return this.#pending.promise;
    const pending = Promise.withResolvers<void>();
    this.#pending = pending;
    this.#log.followers.add(this);
    this.#ends.signal?.addEventListener("abort", this.wake, { once: true });
    this.#forgetStop = this.#ends.stopNotice?.listen(() => this.#end());
    return pending.promise;
  }

  #begin(): ServerEvent<Data | undefined> {
    const { oldest, newest } = this.#log;
    const last = this.#after === undefined ? oldest - 1 : this.#log.readId(this.#after);
    if (last === undefined) return this.#skip(undefined);
    this.#next = last + 1;
    if (last < newest) return this.#take(last + 1) as ServerEvent<Data>;
    return new ServerEvent<undefined>(undefined, { id: this.#log.idAt(last) });
  }

  #take(position: number): ServerEvent<Data | undefined> | undefined {
    const { oldest, newest } = this.#log;
    if (position < oldest) return this.#skip(oldest - position);
    if (position > newest) return undefined;
    this.#next = position + 1;
    return this.#log.eventAt(position);
  }

  /** Goes on with the oldest event that is kept, and says so; who comes back after that is not told again. */
  #skip(missed: number | undefined): ServerEvent<Data | undefined> {
    const { oldest } = this.#log;
    this.#next = oldest;
    const told = this.#log.gap({ missed });
    const { data, init } = told instanceof ServerEvent ? told : { data: told, init: {} };
    return new ServerEvent(data, { ...init, id: this.#log.idAt(oldest - 1) });
  }
}

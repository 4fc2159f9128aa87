/** One connection for all that listens on a PostgreSQL: made for the first channel, closed behind the last, made again when it is lost. */

import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Client, Notification } from "pg";
import { HttpError } from "../errors/http-error.ts";
import type { Logger } from "../log/logger.ts";
import { NotificationStream, type DatabaseNotifications } from "./notification-stream.ts";
import { cutConnection, type CreateClient } from "./postgres-link.ts";

/** Milliseconds between two looks whether the server is still there: a cable that was pulled says nothing. */
const heartbeat = 30_000;
/** Milliseconds in which it has to answer then, and to close. */
const patience = 5_000;
const shortestPause = 100;
const longestPause = 10_000;

interface Channel {
  readonly streams: Set<NotificationStream>;
  /** Whether the connection that is open listens on it. */
  isActive: boolean;
}

export class PostgresListener {
  readonly #createClient: CreateClient;
  readonly #log: Logger;
  readonly #channels = new Map<string, Channel>();
  readonly #closing = new AbortController();
  /** What listens is of no request, whoever was the first to ask. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #client: Client | undefined;
  /** Whether the connection listens on everything that was asked for until then. */
  #isStarted = false;
  /** Ends what the connection is waited for with. */
  #leave: (() => void) | undefined;
  #isRunning = false;
  #running: Promise<void> = Promise.resolve();

  constructor(createClient: CreateClient, log: Logger) {
    this.#createClient = createClient;
    this.#log = log;
  }

  /** @throws HttpError 503 after the end */
  listen(channel: string, signal: AbortSignal | undefined): DatabaseNotifications {
    if (this.#closing.signal.aborted) throw new HttpError(503, "The database is closed.");
    const stream = new NotificationStream({ channel, signal, onEnd: (ended) => this.#remove(ended) });
    if (stream.isOver) return stream;
    const known = this.#channels.get(channel);
    if (known !== undefined) {
      known.streams.add(stream);
      if (known.isActive) stream.begin();
      return stream;
    }
    const added: Channel = { streams: new Set([stream]), isActive: false };
    this.#channels.set(channel, added);
    this.#outside(() => this.#begin(channel, added));
    return stream;
  }

  /** Ends what is read, and the connection. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const { streams } of this.#channels.values()) for (const stream of streams) stream.end();
    await this.#running;
  }

  #begin(name: string, channel: Channel): void {
    const client = this.#client;
    if (!this.#isRunning) this.#running = this.#run();
    // Where that fails the connection is cut, and all of it begins anew.
    else if (client !== undefined && this.#isStarted) {
      this.#activate(client, name, channel).catch(() => cutConnection(client));
    }
  }

  #remove(stream: NotificationStream): void {
    const channel = this.#channels.get(stream.channel);
    if (channel === undefined || !channel.streams.delete(stream) || channel.streams.size > 0) return;
    this.#channels.delete(stream.channel);
    if (this.#channels.size === 0) this.#leave?.();
    else if (this.#isStarted) this.#client?.query(`unlisten ${quote(stream.channel)}`).catch(() => {});
  }

  /** Connects as often as it takes, as long as somebody listens. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    let failures = 0;
    while (this.#channels.size > 0) {
      const noteStart = (): void => {
        if (failures > 0) this.#log.info("The database is listened to again");
        failures = 0;
      };
      const error = await this.#stay(noteStart);
      // Nobody was left to listen; meanwhile there may be somebody again.
      if (error === undefined || this.#channels.size === 0) continue;
      if (failures === 0) this.#log.warn("The connection that listens to the database was lost", { error });
      failures += 1;
      const pause = Math.min(longestPause, shortestPause * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);
      await sleep(pause, undefined, { signal: this.#closing.signal }).catch(() => {});
    }
    this.#isRunning = false;
  }

  /** One connection from its beginning to its end; gives why it was lost, undefined when it was not needed any more. */
  async #stay(noteStart: () => void): Promise<unknown> {
    const client = this.#createClient();
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
    client.on("error", end);
    client.on("end", () => end(new Error("The server has closed the connection.")));
    client.on("notification", ({ channel, payload = "" }: Notification) => {
      for (const stream of this.#channels.get(channel)?.streams ?? []) stream.tell(payload);
    });
    this.#client = client;
    this.#leave = () => end(undefined);
    const beating = setInterval(() => void this.#check(client), heartbeat);
    try {
      const started = this.#start(client).then(noteStart);
      await Promise.race([started, ended]);
      return await ended;
    } catch (error) {
      return error;
    } finally {
      clearInterval(beating);
      this.#client = undefined;
      this.#isStarted = false;
      this.#leave = undefined;
      for (const channel of this.#channels.values()) channel.isActive = false;
      await endClient(client);
    }
  }

  async #start(client: Client): Promise<void> {
    await client.connect();
    // A map gives what is added while it is walked through, too.
    for (const [name, channel] of this.#channels) await this.#activate(client, name, channel);
    if (this.#client === client) this.#isStarted = true;
  }

  async #activate(client: Client, name: string, channel: Channel): Promise<void> {
    await client.query(`listen ${quote(name)}`);
    // It may have been left, and asked for again, meanwhile.
    if (this.#channels.get(name) !== channel || channel.isActive || this.#client !== client) return;
    channel.isActive = true;
    for (const stream of channel.streams) stream.begin();
  }

  async #check(client: Client): Promise<void> {
    if (!this.#isStarted) return;
    const timer = setTimeout(() => cutConnection(client), patience);
    await client.query("select 1").catch(() => {});
    clearTimeout(timer);
  }
}

/** Says goodbye, for as long as that takes an answer. */
async function endClient(client: Client): Promise<void> {
  const timer = setTimeout(() => cutConnection(client), patience);
  await client.end().catch(() => {});
  clearTimeout(timer);
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

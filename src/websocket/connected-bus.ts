/** A bus over a connection that may be lost: connects again with growing pauses, follows what is still followed, and says what was missed. */

import { HttpError } from "../errors/http-error.ts";
import type { Logger } from "../log/logger.ts";
import type { BusLink, OpenBusLink } from "./bus-link.ts";
import { BusOutbox, unavailable } from "./bus-outbox.ts";
import type { BusListener, ConnectedBus } from "./channel-bus.ts";
import { nameBusChannel } from "./name-bus-channel.ts";

/** Times in milliseconds. */
export interface BusSettings {
  /** For log lines. */
  readonly title: string;
  readonly open: OpenBusLink;
  readonly log: Logger;
  readonly prefix: string;
  readonly publishTimeout: number;
  readonly maxMessageBytes: number;
  /** How often a silent connection is asked whether it is still there. */
  readonly probeEvery?: number;
}

interface Entry {
  readonly listener: BusListener;
  readonly ready: PromiseWithResolvers<void>;
  isFollowed: boolean;
}

/** What the server is given to answer; a connection that is silent for longer is taken for lost. */
const stepTimeout = 10_000;
const longestPause = 10_000;
/** What goes to the server in one step. */
const batchNames = 500;

const silence = new Error(`No answer for ${stepTimeout / 1_000} seconds.`);

/**
 * Connects, and gives the bus.
 * @throws Error what `open` rejects with: who cannot connect at the start has the wrong address more often than bad luck
 */
export async function createConnectedBus(settings: BusSettings): Promise<ConnectedBus> {
  const bus = new ReconnectingBus(settings);
  try {
    await bus.connect();
    return bus;
  } catch (error) {
    await bus.close();
    throw error;
  }
}

class ReconnectingBus implements ConnectedBus {
  readonly #settings: BusSettings;
  readonly #entries = new Map<string, Entry>();
  /** Names whose following has changed since the server was told. */
  readonly #changed = new Set<string>();
  readonly #outbox: BusOutbox;
  readonly #closing = new AbortController();
  readonly #probes: NodeJS.Timeout;
  #link: BusLink | undefined;
  #isWorking = false;
  #isProbeDue = false;
  #interruptions = 0;
  /** Attempts in a row that failed, or were lost soon. */
  #failures = 0;
  #connectedAt = 0;
  #closed: Promise<void> | undefined;
  #drained: (() => void) | undefined;
  #endPause: (() => void) | undefined;

  constructor(settings: BusSettings) {
    this.#settings = settings;
    this.#outbox = new BusOutbox(settings.publishTimeout);
    this.#probes = setInterval(() => {
      this.#isProbeDue = true;
      void this.#work();
    }, settings.probeEvery ?? 15_000).unref();
  }

  get isConnected(): boolean {
    return this.#link !== undefined;
  }

  get interruptions(): number {
    return this.#interruptions;
  }

  publish(name: string, text: string): Promise<void> {
    const { prefix, maxMessageBytes } = this.#settings;
    if (this.#closing.signal.aborted) return Promise.reject(unavailable("The app is stopping."));
    if (Buffer.byteLength(text) > maxMessageBytes) {
      return Promise.reject(new HttpError(413, `A message may have ${maxMessageBytes} bytes at most.`));
    }
    const sent = this.#outbox.add({ channel: nameBusChannel(prefix, name), text });
    void this.#work();
    return sent;
  }

  subscribe(name: string, listener: BusListener): Promise<void> {
    if (this.#closing.signal.aborted) {
      listener.end();
      return Promise.resolve();
    }
    const entry: Entry = { listener, ready: Promise.withResolvers(), isFollowed: false };
    const channel = nameBusChannel(this.#settings.prefix, name);
    this.#entries.set(channel, entry);
    this.#changed.add(channel);
    void this.#work();
    return entry.ready.promise;
  }

  unsubscribe(name: string): void {
    const channel = nameBusChannel(this.#settings.prefix, name);
    this.#entries.get(channel)?.ready.resolve();
    this.#entries.delete(channel);
    this.#changed.add(channel);
    void this.#work();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Opens a connection and follows there what is followed here. */
  async connect(): Promise<void> {
    const opened: { link?: BusLink; loss?: { readonly error: unknown } } = {};
    const link = await this.#settings.open({
      receive: ({ channel, text }) => this.#entries.get(channel)?.listener.receive(text),
      lost: (error) => {
        opened.loss ??= { error };
        if (opened.link !== undefined) this.#lose(opened.link, error);
      },
    });
    opened.link = link;
    try {
      const channels = [...this.#entries.keys()];
      this.#changed.clear();
      for (let from = 0; from < channels.length; from += batchNames) {
        await this.#step(link.follow(channels.slice(from, from + batchNames)));
      }
      this.#closing.signal.throwIfAborted();
      if (opened.loss !== undefined) throw opened.loss.error;
      this.#link = link;
      if (this.#connectedAt > 0) this.#interruptions += 1;
      this.#connectedAt = performance.now();
      this.#confirm(channels);
    } catch (error) {
      link.destroy();
      throw error;
    }
    void this.#work();
  }

  /** One step at a time, and following before publishing: what this process publishes later is heard by those who follow now. */
  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    for (let link = this.#link; link !== undefined; link = this.#link) {
      if (this.#changed.size > 0) await this.#follow(link);
      else if (!this.#outbox.isEmpty) await this.#send(link);
      else if (this.#isProbeDue) await this.#probe(link);
      else break;
    }
    this.#isWorking = false;
    this.#drained?.();
  }

  async #follow(link: BusLink): Promise<void> {
    const channels = [...this.#changed].slice(0, batchNames);
    for (const channel of channels) this.#changed.delete(channel);
    const wanted = channels.filter((channel) => this.#entries.has(channel));
    const others = channels.filter((channel) => !this.#entries.has(channel));
    try {
      if (wanted.length > 0) await this.#step(link.follow(wanted));
      if (others.length > 0) await this.#step(link.unfollow(others));
      if (this.#link === link) this.#confirm(wanted);
    } catch (error) {
      this.#lose(link, error);
    }
  }

  /** Of what was on its way when the connection was lost nobody knows whether it arrived; sent again, it might come twice. */
  async #send(link: BusLink): Promise<void> {
    const batch = this.#outbox.take();
    try {
      await this.#step(link.publish(batch.messages));
      batch.resolve();
    } catch (error) {
      batch.reject(unavailable("The message may not have been published.", error));
      if (error === silence) this.#lose(link, error);
    }
  }

  async #probe(link: BusLink): Promise<void> {
    this.#isProbeDue = false;
    await this.#step(link.probe()).catch((error: unknown) => this.#lose(link, error));
  }

  async #step(work: Promise<void>): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(silence), stepTimeout);
    try {
      await Promise.race([work, promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** The server knows of these now. Who was known to it before, through another connection, has missed something. */
  #confirm(channels: readonly string[]): void {
    for (const channel of channels) {
      const entry = this.#entries.get(channel);
      if (entry === undefined) continue;
      if (entry.isFollowed) entry.listener.interrupt();
      entry.isFollowed = true;
      entry.ready.resolve();
    }
  }

  #lose(link: BusLink, error: unknown): void {
    link.destroy();
    if (this.#link !== link) return;
    this.#link = undefined;
    if (this.#closing.signal.aborted) return;
    const { title, log } = this.#settings;
    log.warn(`Channels have lost the connection to ${title}.`, { error });
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const { title, log } = this.#settings;
    const { signal } = this.#closing;
    const lostAt = performance.now();
    // One that is always lost at once is not asked for all the time.
    if (lostAt - this.#connectedAt > longestPause) this.#failures = 0;
    for (;;) {
      const pause = Math.min(longestPause, 100 * 2 ** this.#failures) * (0.5 + Math.random() / 2);
      this.#failures += 1;
      await this.#pause(pause);
      if (signal.aborted) return;
      try {
        await this.connect();
        break;
      } catch (error) {
        if (!signal.aborted) log.warn(`Channels cannot connect to ${title}.`, { error, attempt: this.#failures });
      }
    }
    const milliseconds = Math.round(performance.now() - lostAt);
    log.warn(`Channels are connected to ${title} again; what was published meanwhile is lost.`, { milliseconds });
  }

  #pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#endPause?.();
    clearInterval(this.#probes);
    if (this.#isWorking) await this.#step(new Promise((resolve) => (this.#drained = resolve))).catch(() => {});
    const link = this.#link;
    this.#link = undefined;
    this.#outbox.clear(unavailable("The app is stopping."));
    for (const { listener, ready } of this.#entries.values()) {
      listener.end();
      ready.resolve();
    }
    if (link === undefined) return;
    await this.#step(link.end()).catch(() => {});
    link.destroy();
  }
}

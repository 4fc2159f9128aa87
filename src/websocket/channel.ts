/** One to many: what is published on a channel reaches everybody who follows it, each at their own pace, in one process or in all. */

import { ApusError } from "../errors/apus-error.ts";
import type { ChannelBus } from "./channel-bus.ts";
import { Exchange } from "./channel-exchange.ts";
import { Follower, type Following, type Subscription } from "./channel-follower.ts";
import { closeCode } from "./close-code.ts";
import { SocketClosedError } from "./socket-closed-error.ts";

export interface ChannelOptions {
  /** Messages that may wait for one follower; 256 by default. */
  readonly capacity?: number;
  /** When more are waiting: "drop" loses the oldest one (the default), "close" ends the subscription, and closes a socket with 1013. */
  readonly slow?: "drop" | "close";
  /** What carries messages to other processes: `postgresBus()`, `redisBus()`. Without it, they stay in this one. */
  readonly through?: ChannelBus | undefined;
}

/** A socket, or whatever else can be sent messages. */
export interface ChannelMember<Message> {
  readonly signal: AbortSignal;
  send(message: Message): Promise<void>;
  close(code?: number, reason?: string): unknown;
  fail(error: unknown): void;
}

export interface Channel<Message> {
  readonly name: string;
  /** How many follow it in this process. */
  readonly size: number;
  /**
   * Hands a message to everybody who follows now; no follower is waited for.
   * Through a bus it has to be JSON, and this resolves when the bus has it.
   * @throws ApusError APUS_UNSERIALIZABLE and HttpError 413 or 503, through a bus
   */
  publish(message: Message): Promise<void>;
  /** Everything that is published from now on, until it is disposed of or the signal fires. */
  subscribe(settings?: { readonly signal?: AbortSignal }): Subscription<Message>;
  /** Sends everything that is published from now on to a socket, until it closes or the result is disposed of. */
  join(member: ChannelMember<Message>): Following;
}

const here = new Exchange();
const through = new WeakMap<ChannelBus, Exchange>();

/**
 * The channel of this name: everybody in this process who asks for it has the same one, and so has everybody on the same bus.
 * @throws ApusError APUS_BAD_OPTION
 */
export function channel<Message = unknown>(name: string, options: ChannelOptions = {}): Channel<Message> {
  const { capacity = 256, slow = "drop" } = options;
  if (typeof name !== "string" || name === "") throw refuse("a name that is not empty");
  if (!Number.isSafeInteger(capacity) || capacity < 1) throw refuse("a capacity of 1 or more");
  if (slow !== "drop" && slow !== "close") throw refuse('slow: "drop" or "close"');
  const place = exchangeOf(options.through);
  return {
    name,
    get size() {
      return place.sizeOf(name);
    },
    publish: (message) => place.publish(name, message),
    subscribe: ({ signal } = {}) => new Follower({ name, place, capacity, slow, signal }) as Subscription<Message>,
    join(member) {
      const { signal } = member;
      // At once: a message that is stuck on its way would let the member wait for ever.
      const onSlow = (): void => void member.close(closeCode.tryLater, "Too many messages are waiting.");
      const follower = new Follower({ name, place, capacity, slow, signal, onSlow });
      void forward(follower, member);
      return follower;
    },
  };
}

function exchangeOf(bus: ChannelBus | undefined): Exchange {
  if (bus === undefined) return here;
  const known = through.get(bus);
  if (known !== undefined) return known;
  if (typeof (bus as Partial<ChannelBus> | null)?.subscribe !== "function") {
    throw refuse("a bus to go through, such as postgresBus() resolves with");
  }
  const exchange = new Exchange(bus);
  through.set(bus, exchange);
  return exchange;
}

async function forward(follower: Follower, member: ChannelMember<unknown>): Promise<void> {
  try {
    for await (const message of follower) await member.send(message);
  } catch (error) {
    if (!(error instanceof SocketClosedError)) member.fail(error);
  } finally {
    follower.leave();
  }
}

function refuse(wanted: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `channel() needs ${wanted}.`);
}

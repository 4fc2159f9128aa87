/** Who follows which channel: those of this process for themselves, or together with other processes through a bus. */

import type { BusListener, ChannelBus } from "./channel-bus.ts";
import type { Follower, FollowerPlace } from "./channel-follower.ts";
import { encodeChannelMessage } from "./encode-channel-message.ts";

interface Followed {
  readonly followers: Set<Follower>;
  readonly ready: Promise<void>;
}

export class Exchange implements FollowerPlace {
  /** Only channels that somebody follows are here, so that names of users' making fill nothing. */
  readonly #followed = new Map<string, Followed>();
  readonly #bus: ChannelBus | undefined;

  constructor(bus?: ChannelBus) {
    this.#bus = bus;
  }

  sizeOf(name: string): number {
    return this.#followed.get(name)?.followers.size ?? 0;
  }

  add(name: string, follower: Follower): Promise<void> {
    const followed = this.#followed.get(name);
    if (followed !== undefined) {
      followed.followers.add(follower);
      return followed.ready;
    }
    const followers = new Set([follower]);
    const begun = Promise.withResolvers<void>();
    this.#followed.set(name, { followers, ready: begun.promise });
    // Only now: a bus that is closed ends its listener within the call.
    if (this.#bus === undefined) begun.resolve();
    else begun.resolve(this.#bus.subscribe(name, createListener(followers)).catch(() => endAll(followers)));
    return begun.promise;
  }

  remove(name: string, follower: Follower): void {
    const followed = this.#followed.get(name);
    if (followed?.followers.delete(follower) !== true || followed.followers.size > 0) return;
    this.#followed.delete(name);
    this.#bus?.unsubscribe(name);
  }

  /**
   * Through a bus nobody is handed the message directly, not even those in this process: everybody gets it from the bus,
   * and so in the same order.
   */
  async publish(name: string, message: unknown): Promise<void> {
    if (this.#bus !== undefined) return this.#bus.publish(name, encodeChannelMessage(name, message));
    for (const follower of this.#followed.get(name)?.followers ?? []) follower.push(message);
  }
}

function createListener(followers: ReadonlySet<Follower>): BusListener {
  return {
    receive(text) {
      let message: unknown;
      try {
        message = JSON.parse(text);
      } catch {
        return; // Whoever may use the server can publish anything under any name.
      }
      for (const follower of followers) follower.push(message);
    },
    interrupt() {
      for (const follower of followers) follower.interrupt();
    },
    end: () => endAll(followers),
  };
}

function endAll(followers: ReadonlySet<Follower>): void {
  for (const follower of followers) follower.leave();
}

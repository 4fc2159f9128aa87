/** One connection of a bus to its server: what PostgreSQL and Redis are asked for, each in its own words. */

/** A text on its way, under the name that the server knows the channel by. */
export interface BusMessage {
  readonly channel: string;
  readonly text: string;
}

export interface BusLink {
  /** Every method rejects when the server refuses, or when the connection is lost. */
  follow(channels: readonly string[]): Promise<void>;
  unfollow(channels: readonly string[]): Promise<void>;
  /** In this order. */
  publish(messages: readonly BusMessage[]): Promise<void>;
  /** Asks whether the other end is still there. */
  probe(): Promise<void>;
  /** Says goodbye. */
  end(): Promise<void>;
  /** Ends it at once, whatever is on its way. */
  destroy(): void;
}

export interface BusLinkEvents {
  receive(message: BusMessage): void;
  /** The connection is gone; told once or more. */
  lost(error: unknown): void;
}

/** Connects. Times out by itself, and leaves nothing behind when it rejects. */
export type OpenBusLink = (events: BusLinkEvents) => Promise<BusLink>;

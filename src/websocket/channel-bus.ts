/** What carries the messages of channels between processes: the seam behind `channel(name, { through })`. */

/** What a bus tells of one name that is followed here. */
export interface BusListener {
  /** Something was published under the name, here or elsewhere. */
  receive(text: string): void;
  /** The connection was lost and is there again: what was published in between did not come. */
  interrupt(): void;
  /** The bus was closed: nothing comes any more. */
  end(): void;
}

/**
 * Carries texts between processes. Those of one name come in the same order in every process, the one that published
 * them included; what one process publishes under a name comes in the order in which it was published.
 */
export interface ChannelBus {
  /** Resolves when the bus has taken the text. @throws HttpError 413 when it is too large, 503 when the bus cannot be reached */
  publish(name: string, text: string): Promise<void>;
  /**
   * Begins to follow a name, which is not followed yet; resolves when that is in force, and rejects never.
   * What this process publishes after the call is heard.
   */
  subscribe(name: string, listener: BusListener): Promise<void>;
  unsubscribe(name: string): void;
  close(): Promise<void>;
}

/** A bus that keeps a connection to a server, and connects again when it is lost. */
export interface ConnectedBus extends ChannelBus, AsyncDisposable {
  readonly isConnected: boolean;
  /** How often the connection was lost and came back. */
  readonly interruptions: number;
}

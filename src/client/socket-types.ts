/** A WebSocket of the typed client: what can be asked of it, and how it is opened. */

/** Which messages are no JSON cannot be seen from outside, so it has to be said; the types know what must be. */
export type RawMessages = boolean | "sent" | "received";

export interface ConnectSettings {
  /** Subprotocols, the preferred one first. */
  readonly protocols?: readonly string[];
  /** Connects again when the connection is lost; true by default. */
  readonly reconnect?: boolean;
  /** Attempts in a row before it is given up; 10 by default. */
  readonly attempts?: number;
  /** Called each time that a connection is there, before messages that have waited for it are sent. */
  readonly onOpen?: () => void;
  /** Closes it. */
  readonly signal?: AbortSignal;
}

/** How it ended, as the last connection was closed (RFC 6455 §7.4). */
export interface ClientSocketEnd {
  readonly code: number;
  readonly reason: string;
}

/** A WebSocket that comes back. Messages that were on their way when a connection was lost are lost with it. */
export interface ClientSocket<Sent, Received> extends AsyncIterable<Received>, Disposable {
  /** Whether a connection is there now. */
  readonly isOpen: boolean;
  /** The subprotocol of the connection; empty when there is none. */
  readonly protocol: string;
  /** Resolves when it is closed for good. */
  readonly closed: Promise<ClientSocketEnd>;
  /**
   * Sends a message, or keeps it until the connection is there.
   * @throws ClientError when it is closed for good, or more than 100 messages are waiting
   */
  send(message: Sent): void;
  /** Closes it for good. */
  close(code?: number, reason?: string): void;
}

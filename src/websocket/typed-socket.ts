/** A WebSocket as a handler has it: messages in, messages out, each as its schema says. */

import type { MaybePromise } from "../http/maybe-promise.ts";

/** One thing about a received message that does not fit; `pointer` is a JSON Pointer (RFC 6901) in it. */
export interface MessageIssue {
  readonly pointer: string;
  readonly message: string;
  readonly code: string;
}

/** How a connection was closed. */
export interface SocketEnd {
  /** RFC 6455 §7.4; 1005 for none, 1006 for a connection that broke. */
  readonly code: number;
  readonly reason: string;
}

export interface TypedSocket<
  Sent = string | Uint8Array,
  Received = string | Uint8Array,
> extends AsyncIterable<Received> {
  /** The subprotocol that was agreed on; empty when there is none. */
  readonly protocol: string;
  /** Fires when the connection begins to close, whoever closes it, with a `SocketClosedError` as its reason. */
  readonly signal: AbortSignal;
  /** Resolves when the connection is closed. */
  readonly closed: Promise<SocketEnd>;
  /**
   * Sends one message, and resolves when there is room for another one.
   * @throws SocketClosedError when the connection is closed, or too much is waiting for a client that does not read;
   * ApusError APUS_INVALID_RESPONSE or APUS_UNSERIALIZABLE for a message that does not fit `send`
   */
  send(message: Sent): Promise<void>;
  /**
   * Closes the connection; what was received and not read yet is dropped. Resolves when it is closed.
   * @throws ApusError APUS_BAD_OPTION for a code that must not be sent, or a reason of more than 123 bytes
   */
  close(code?: number, reason?: string): Promise<SocketEnd>;
  /** Closes the connection as when the handler had thrown this; for work beside the handler. */
  fail(error: unknown): void;
  /** Is told of received messages that do not fit, in the place of closing the connection with 1007. */
  onInvalid(handler: (issues: readonly MessageIssue[]) => unknown): void;
}

/** A message as it came, or as it will be sent: text or bytes. */
export type RawMessage = string | Uint8Array;

export type DecodedMessage =
  | { readonly value: unknown }
  | { readonly issues: readonly MessageIssue[] }
  /** Nothing that can be reported: the connection is closed with this code. */
  | { readonly code: number; readonly reason: string };

/** Between raw messages and the handler's. */
export interface MessageCodec {
  /** `data` is text in UTF-8 unless `isBinary`. */
  decode(data: Uint8Array, isBinary: boolean): MaybePromise<DecodedMessage>;
  /** @throws ApusError APUS_INVALID_RESPONSE, APUS_UNSERIALIZABLE */
  encode(message: unknown): MaybePromise<RawMessage>;
}

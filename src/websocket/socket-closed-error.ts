/** A connection is over: why its signal fired, and what sending on it fails with. */

export class SocketClosedError extends Error {
  override readonly name = "SocketClosedError";
  /** As sent by the side that closed (RFC 6455 §7.4); 1006 when the connection broke. */
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string) {
    super(`The WebSocket is closed (${code}${reason === "" ? "" : `: ${reason}`}).`);
    this.code = code;
    this.reason = reason;
  }
}

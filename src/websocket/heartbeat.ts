/** Asks a silent client whether it is still there, and cuts the connection when it does not answer. */

export interface HeartbeatParts {
  /** Milliseconds between two looks. */
  readonly interval: number;
  readonly ping: () => void;
  readonly cut: () => void;
  /** Whether nothing can be heard of the client because nobody reads what it sends. */
  readonly isDeaf: () => boolean;
}

export class Heartbeat {
  readonly #timer: NodeJS.Timeout;
  #wasHeard = true;

  constructor({ interval, ping, cut, isDeaf }: HeartbeatParts) {
    this.#timer = setInterval(() => {
      if (!this.#wasHeard && !isDeaf()) {
        this.stop();
        cut();
        return;
      }
      this.#wasHeard = false;
      ping();
    }, interval);
    this.#timer.unref();
  }

  /** The client gave a sign of life: it sent something, or took something. */
  hear(): void {
    this.#wasHeard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

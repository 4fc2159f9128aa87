/** The connections of one job: opened a few at a time, and what went wrong on them. */

import { LoadConnection, type ConnectionOwner } from "./load-connection.ts";
import type { Faults } from "./load-job.ts";

/** Fewer than any server's backlog, so that no connection waits for a repeated SYN. */
const openedAtOnce = 100;
/** So many faults say enough: the job ends. */
const tooManyFaults = 1_000;

/** What a job does with its answers. `settled`: the connection is free again, with or without an answer. */
export interface PoolEvents {
  answered(connection: LoadConnection): void;
  settled(connection: LoadConnection): void;
}

export class LoadPool implements ConnectionOwner {
  readonly port: number;
  readonly connections: readonly LoadConnection[];
  readonly #events: PoolEvents;
  #wrong = 0;
  #lost = 0;
  #sample: string | undefined;

  constructor(port: number, size: number, events: PoolEvents) {
    this.port = port;
    this.#events = events;
    this.connections = Array.from({ length: size }, () => new LoadConnection(this));
  }

  get faults(): Faults {
    return { wrong: this.#wrong, lost: this.#lost, sample: this.#sample };
  }

  async open(): Promise<void> {
    for (let index = 0; index < this.connections.length; index += openedAtOnce) {
      const group = this.connections.slice(index, index + openedAtOnce);
      const opened = await Promise.all(group.map((connection) => connection.open()));
      const refused = opened.filter((isOpen) => !isOpen).length;
      if (refused > 0) throw new Error(`${refused} of ${group.length} connections could not be opened after ${index}`);
    }
  }

  end(): void {
    for (const connection of this.connections) connection.end();
  }

  answered(connection: LoadConnection): void {
    this.#events.answered(connection);
    this.#events.settled(connection);
  }

  wrong(connection: LoadConnection, message: string): void {
    this.#wrong++;
    this.#note(connection, message);
  }

  lost(connection: LoadConnection, message: string): void {
    this.#lost++;
    this.#note(connection, message);
  }

  #note(connection: LoadConnection, message: string): void {
    this.#sample ??= message;
    // The rest of a connection that fails at once must not turn into a busy loop.
    if (this.#wrong + this.#lost < tooManyFaults) setTimeout(() => this.#events.settled(connection), 1);
  }
}

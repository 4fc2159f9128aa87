/** Values by server and name, one for each round. */

import type { Peer } from "./peers.ts";

export class Series {
  readonly #values = new Map<string, number[]>();
  readonly rounds: number;

  constructor(rounds: number) {
    this.rounds = rounds;
  }

  /** Notes a value of a round, counted from 0. */
  note(peer: Peer, round: number, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const key = `${peer.id} ${name}`;
      let list = this.#values.get(key);
      if (list === undefined) this.#values.set(key, (list = Array<number>(this.rounds).fill(NaN)));
      list[round] = value;
    }
  }

  /** One value for each round, NaN where there is none; undefined when there is none at all. */
  of(id: string, name: string): readonly number[] | undefined {
    return this.#values.get(`${id} ${name}`);
  }

  /** Everything, for the JSON report. */
  toJSON(): unknown {
    return Object.fromEntries(this.#values);
  }
}

/** The claims that a store renews by a timer of its own until they are settled. */

import type { ClaimReference } from "./task-store.ts";

/** A claim with the time from which on it is left to lapse. */
export interface RenewedClaim extends ClaimReference {
  readonly until: number | undefined;
}

/** A third: two renewals may fail before a lease ends. */
const renewalsPerLease = 3;

export class RenewedClaims {
  readonly #claims = new Map<string, RenewedClaim>();
  readonly #interval: number;
  readonly #renew: (claims: readonly RenewedClaim[]) => void;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(lease: number, renew: (claims: readonly RenewedClaim[]) => void) {
    this.#interval = Math.max(lease / renewalsPerLease, 1);
    this.#renew = renew;
  }

  add({ id, fence }: ClaimReference, until: number | undefined): void {
    this.#claims.set(id, { id, fence, until });
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => this.renew(), this.#interval);
    this.#timer.unref();
  }

  remove({ id, fence }: ClaimReference): void {
    if (this.#claims.get(id)?.fence === fence) this.#claims.delete(id);
    if (this.#claims.size === 0) this.clear();
  }

  /** Renews all of them now. */
  renew(): void {
    if (this.#claims.size > 0) this.#renew([...this.#claims.values()]);
  }

  list(): readonly RenewedClaim[] {
    return [...this.#claims.values()];
  }

  clear(): void {
    this.#claims.clear();
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A job that computes for a while, as it is and offloaded. A module of its own: it is all that the workers import. */

import { offload } from "apus/workers";
import { threadId } from "node:worker_threads";

/** How many primes there are up to a number, and where that was found out: 0 is the main thread. */
export function countPrimes(to: number): { readonly primes: number; readonly thread: number } {
  let primes = 0;
  for (let number = 2; number <= to; number += 1) if (isPrime(number)) primes += 1;
  return { primes, thread: threadId };
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor += 1) if (number % divisor === 0) return false;
  return true;
}

/** The same, in a worker thread. */
export const countPrimesInWorker = offload(import.meta, "countPrimes", countPrimes, { timeout: 30_000 });

/** What docs/offload.md offloads: a module of its own, which is all that the workers import. */

// #region declare
import { pbkdf2Sync } from "node:crypto";
import { offload } from "apus/workers";

export const deriveKey = offload(
  import.meta,
  "deriveKey",
  (password: string, rounds = 100_000) => pbkdf2Sync(password, "salt", rounds, 32, "sha512"),
  { timeout: 2_000 },
);
// #endregion declare

// #region items
export const findPrimes = offload(import.meta, "findPrimes", async function* (from: number, to: number) {
  for (let number = from; number <= to; number += 1) {
    if (isPrime(number)) yield { prime: number, progress: (number - from) / (to - from) };
  }
});
// #endregion items

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor += 1) if (number % divisor === 0) return false;
  return number > 1;
}

// #region cancel
export const countPrimes = offload(import.meta, "countPrimes", (to: number) => {
  const call = offload.context();
  let count = 0;
  for (let number = 2; number <= to; number += 1) {
    call.throwIfGivenUp(); // a loop that awaits nothing hears no signal: it asks
    if (isPrime(number)) count += 1;
  }
  return count;
});
// #endregion cancel

// #region moved
export const invert = offload(import.meta, "invert", (pixels: Uint8Array) => {
  const inverted = pixels.map((value) => 255 - value);
  return offload.transfer(inverted, [inverted.buffer]); // moved back, not copied
});
// #endregion moved

// #region errors
export class OutOfColours extends Error {
  readonly wanted: number = 16_777_217;
}

export const countColours = offload(
  import.meta,
  "countColours",
  (wanted: number) => {
    if (wanted > 16_777_216) throw new OutOfColours("there are only so many");
    return wanted;
  },
  { errors: [OutOfColours] },
);
// #endregion errors

// #region process
export const decode = offload(import.meta, "decode", (bytes: Uint8Array) => decodeNatively(bytes), {
  process: true, // what crashes in there, crashes alone
  memoryMb: 512,
});
// #endregion process

/** Stands for native code that breaks. */
function decodeNatively(bytes: Uint8Array): number {
  if (bytes.length === 0) process.kill(process.pid, "SIGKILL");
  return bytes.length;
}

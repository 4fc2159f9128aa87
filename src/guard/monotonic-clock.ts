/** One clock for all threads of the process. */

/** Milliseconds since some moment before the process began; the same on every thread. */
export function readClock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

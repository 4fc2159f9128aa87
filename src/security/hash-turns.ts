/** Lets few password hashes be computed at once, so that many logins leave threads for everything else. */

import { HttpError } from "../errors/http-error.ts";

/** Half of the threads that Node.js has by default for files, names and hashes. */
const maxRunning = 2;

/** More would wait so long that their clients have given up. */
const maxWaiting = 512;

const waiting: (() => void)[] = [];
let running = 0;

/**
 * Runs a piece of work when its turn has come.
 * @throws HttpError 503 when too many wait already.
 */
export async function takeTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= maxRunning) {
    if (waiting.length >= maxWaiting) {
      throw new HttpError(503, "Too many logins at once.", { headers: { "retry-after": "5" } });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    // The turn is handed over, not given back: nobody who comes now goes before those who wait.
    if (next === undefined) running -= 1;
    else next();
  }
}

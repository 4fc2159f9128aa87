/** Apps whose log lines a test can read. */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { App } from "apus";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";

let records: LogRecord[] = [];

/** An app without documentation pages; it and the ones made after it log to one list, which begins anew. */
export function createLoggedApp(): App {
  forgetLog();
  return new App({ docs: false, log: createLogger((record) => records.push(record)) });
}

/** Empties the list. */
export function forgetLog(): void {
  records = [];
}

/** The fields of the first error line; a socket's line comes a moment after its answer. */
export async function findErrorLine(): Promise<{
  readonly error: Error & { readonly code?: string };
  readonly route: unknown;
}> {
  for (let turn = 0; turn < 400; turn += 1) {
    const found = records.find(({ level }) => level === "error");
    if (found !== undefined) return { error: found.fields["error"] as Error, route: found.fields["route"] };
    await sleep(5);
  }
  return assert.fail("nothing was logged as an error");
}

/** The package that reads cron patterns, loaded when a queue has a schedule. */

import type { Cron } from "croner";
import { ApusError } from "../errors/apus-error.ts";

interface CronerPackage {
  readonly Cron: typeof Cron;
}

/** When a pattern is due; milliseconds since 1970, daylight saving time observed. */
export interface CronTimes {
  /** The first time after this one; undefined for a pattern that is never due again. */
  next(after: number): number | undefined;
  /** The last time up to this one. */
  latest(upTo: number): number | undefined;
}

export interface CronPlace {
  readonly pattern: string;
  /** Of the IANA database, such as "Europe/Berlin". */
  readonly timeZone: string;
  /** For messages. */
  readonly where: string;
}

/** @throws ApusError APUS_MISSING_PACKAGE; APUS_BAD_OPTION for a pattern or a time zone that does not exist */
export async function compileCron({ pattern, timeZone, where }: CronPlace): Promise<CronTimes> {
  const croner = await load(where);
  try {
    const cron = new croner.Cron(pattern, { timezone: timeZone, paused: true, mode: "5-or-6-parts" });
    // A time zone is looked at when it is used.
    cron.nextRun();
    return {
      next: (after) => cron.nextRun(new Date(after))?.getTime(),
      latest: (upTo) => cron.previousRuns(1, new Date(upTo + 1))[0]?.getTime(),
    };
  } catch (cause) {
    const remedy = `a pattern is such as "0 3 * * *", a time zone such as "Europe/Berlin"`;
    const message = `${where}: ${(cause as Error).message} (${remedy}).`;
    throw new ApusError("APUS_BAD_OPTION", message, { cause });
  }
}

async function load(where: string): Promise<CronerPackage> {
  try {
    return await import("croner");
  } catch (cause) {
    const message = `${where} needs the package "croner": install it (npm install croner@11).`;
    throw new ApusError("APUS_MISSING_PACKAGE", message, { cause });
  }
}

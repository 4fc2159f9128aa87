/** Tells a process from a later one that has been given the same number: nothing is stopped that somebody else started. */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface ProcessIdentity {
  readonly pid: number;
  /** When it began, in the system's own words; empty when it was gone already. */
  readonly born: string;
}

export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, born: readBirth(pid) ?? "" };
}

/** Whether a process that was identified still runs. */
export function isRunning({ pid, born }: Partial<ProcessIdentity>): boolean {
  return pid !== undefined && born !== undefined && readBirth(pid) === born;
}

/** Undefined when there is no process of this number, or only its remains. */
function readBirth(pid: number): string | undefined {
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // After the name in parentheses, which may hold anything: state, …, start time as the 22nd field of all.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return fields[0] === "Z" ? undefined : fields[19];
    } catch {
      return undefined;
    }
  }
  const text = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).stdout;
  return text.trim() === "" ? undefined : text.trim();
}

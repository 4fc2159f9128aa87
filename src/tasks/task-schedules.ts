/** Tasks by the calendar: each due time is fired once, whichever of several processes is first. */

import { CheckedOptions } from "../errors/checked-options.ts";
import { refuseOption } from "../errors/factory-options.ts";
import type { Logger } from "../log/logger.ts";
import { compileCron, type CronTimes } from "./load-croner.ts";
import type { NewTask, TaskStore } from "./task-store.ts";

export interface ScheduleOptions<Input = unknown> {
  /** What the task is given. */
  readonly input?: Input;
  /** Of the IANA database, such as "Europe/Berlin"; "UTC" by default, whatever the machine's own is. */
  readonly timeZone?: string;
  /** What to do about times when no process was running: "skip" (the default), or "once" for the last of them. */
  readonly missed?: "skip" | "once";
  /** Its name in the store; made from task, pattern and time zone by default. */
  readonly name?: string;
}

/** A schedule as it was declared. */
export interface DeclaredSchedule {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly missed: "skip" | "once";
  /** For messages. */
  readonly where: string;
  /** The name of the task. */
  readonly task: string;
  readonly input: unknown;
}

/** A schedule as it is shown. */
export interface ScheduleRecord {
  readonly name: string;
  readonly cron: string;
  readonly timeZone: string;
  readonly task: string;
  /** Milliseconds since 1970; undefined when it is never due again. */
  readonly nextAt: number | undefined;
}

/** @throws ApusError APUS_BAD_OPTION */
export function readSchedule(
  cron: string,
  target: { readonly task: string; readonly declaredAt: string },
  options: ScheduleOptions,
): DeclaredSchedule {
  const { task, declaredAt } = target;
  const check = new CheckedOptions("schedule", options, ["input", "timeZone", "missed", "name"]);
  check.oneOf("missed", ["skip", "once"]);
  if (typeof cron !== "string") throw refuseOption("schedule()", cron, `a pattern such as "0 3 * * *"`);
  const { input, timeZone = "UTC", missed = "skip", name = `${task} ${cron} ${timeZone}` } = options;
  if (typeof name !== "string" || name === "") check.refuse("name", "a text that is not empty");
  if (typeof timeZone !== "string") check.refuse("timeZone", `such as "Europe/Berlin"`);
  return { name, cron, timeZone, missed, where: `schedule() at ${declaredAt}`, task, input };
}

interface RunningSchedule extends DeclaredSchedule {
  readonly times: CronTimes;
  lastAt: number;
}

export interface SchedulesInit {
  readonly store: TaskStore;
  readonly log: Logger;
  /** A task for this due time. */
  readonly build: (schedule: DeclaredSchedule, dueAt: number) => Promise<NewTask>;
}

/** Milliseconds that a process may be late without a time being missed, and between two looks at the clock at most. */
const tolerance = 60_000;
const longestPause = 30_000;

export class TaskSchedules {
  readonly #init: SchedulesInit;
  readonly #schedules: RunningSchedule[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isOn = false;
  #checking: Promise<void> = Promise.resolve();

  constructor(init: SchedulesInit) {
    this.#init = init;
  }

  /** @throws ApusError for a pattern, a time zone or an input that cannot be used */
  async add(declared: DeclaredSchedule): Promise<void> {
    const times = await compileCron({ pattern: declared.cron, timeZone: declared.timeZone, where: declared.where });
    await this.#init.build(declared, 0);
    const { name, cron, timeZone, task } = declared;
    const definition = JSON.stringify([cron, timeZone, task]);
    const [lastAt = this.#init.store.now()] = await this.#init.store.schedules([{ name, definition }]);
    this.#schedules.push({ ...declared, times, lastAt });
    if (this.#isOn) await this.check();
  }

  list(): readonly ScheduleRecord[] {
    const now = this.#init.store.now();
    return this.#schedules.map(({ name, cron, timeZone, task, times }) => {
      const nextAt = times.next(now);
      return { name, cron, timeZone, task, nextAt };
    });
  }

  /** From now on this process fires. */
  start(): void {
    this.#isOn = true;
    void this.check();
  }

  async stop(): Promise<void> {
    this.#isOn = false;
    clearTimeout(this.#timer);
    await this.#checking;
  }

  /** Fires what is due. Never rejects. */
  check(): Promise<void> {
    if (this.#schedules.length === 0) return Promise.resolve();
    this.#checking = this.#checking.then(() => this.#checkAll());
    return this.#checking;
  }

  async #checkAll(): Promise<void> {
    const now = this.#init.store.now();
    let next = now + longestPause;
    for (const schedule of this.#schedules) {
      try {
        await this.#checkOne(schedule, now);
        next = Math.min(next, schedule.times.next(schedule.lastAt) ?? next);
      } catch (error) {
        this.#init.log.error("A schedule could not be fired", { schedule: schedule.name, error });
        next = Math.min(next, now + 1_000);
      }
    }
    clearTimeout(this.#timer);
    if (this.#isOn) this.#timer = setTimeout(() => void this.check(), Math.max(next - now, 1));
  }

  /** Of several times that have passed only the last one is of interest. */
  async #checkOne(schedule: RunningSchedule, now: number): Promise<void> {
    const { times, name, missed } = schedule;
    const due = times.next(schedule.lastAt);
    if (due === undefined || due > now) return;
    const latest = Math.max(times.latest(now) ?? due, due);
    const isMissed = now - latest > tolerance && missed === "skip";
    const task = isMissed ? undefined : await this.#init.build(schedule, latest);
    const isFirst = await this.#init.store.fire(name, latest, task);
    schedule.lastAt = latest;
    if (isFirst)
      this.#init.log.info(isMissed ? "Schedule missed" : "Schedule fired", { schedule: name, dueAt: new Date(latest) });
  }
}

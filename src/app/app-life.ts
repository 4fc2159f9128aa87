/** The life of an app: started once, ended once, each shared by everyone who asks at the same time. */

import { watchLateRejections } from "./late-rejections.ts";
import { RunningLifespans, type DeclaredLifespan } from "./lifespan.ts";

/** An app that lives inside another one. */
export interface InnerLife {
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface InnerParts {
  readonly start: () => Promise<void>;
  readonly end: () => Promise<void>;
}

export interface LifeParts {
  readonly compile: () => Promise<unknown>;
  readonly lifespans: readonly DeclaredLifespan[];
  readonly mounted: readonly { readonly app: InnerLife }[];
  /** What lives as long as the app: started after the lifespans, ended before them. */
  readonly dependencies: InnerParts;
}

export class AppLife {
  readonly #parts: LifeParts;
  readonly #running = new RunningLifespans();
  readonly #attached: InnerParts[] = [];
  #started: Promise<void> | undefined;
  #ending: Promise<void> | undefined;
  #unwatch: (() => void) | undefined;
  #ready = false;

  constructor(parts: LifeParts) {
    this.#parts = parts;
  }

  /** True from the beginning of the start to that of the end. */
  get isAlive(): boolean {
    return this.#started !== undefined;
  }

  /** True from the end of the start to the beginning of the stop. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Adds what is started last, and ended first. */
  attach(part: InnerParts): void {
    this.#attached.push(part);
  }

  /** The stop begins: whoever asks is told "not ready". */
  withdraw(): void {
    this.#ready = false;
  }

  /** Compiles, starts mounted apps, runs the lifespans to their `yield`; what had started is ended when one fails. */
  start(): Promise<void> {
    if (this.#started !== undefined) return this.#started;
    const started = this.#start().catch((error: unknown) => {
      if (this.#started === started) this.#started = undefined;
      throw error;
    });
    this.#started = started;
    return started;
  }

  /** Ends the lifespans in reverse; at once when nothing has started. */
  end(): Promise<void> {
    this.#ending ??= this.#end().finally(() => (this.#ending = undefined));
    return this.#ending;
  }

  async #start(): Promise<void> {
    const { compile, lifespans, mounted, dependencies } = this.#parts;
    try {
      // Whoever asked for the end is told how it went; the start only waits for it.
      await Promise.allSettled([this.#ending]);
      await compile();
      for (const { app } of mounted) await app.start();
      await this.#running.start(lifespans);
      await dependencies.start();
      for (const part of this.#attached) await part.start();
      this.#unwatch = watchLateRejections();
      this.#ready = true;
    } catch (error) {
      await Promise.allSettled(this.#attached.map((part) => part.end()));
      await Promise.allSettled([dependencies.end()]);
      await Promise.allSettled([this.#running.end()]);
      await Promise.allSettled(mounted.map(({ app }) => app.stop()));
      throw error;
    }
  }

  async #end(): Promise<void> {
    this.#ready = false;
    const started = this.#started;
    if (started === undefined) return;
    this.#started = undefined;
    await started;
    this.#ready = false;
    this.#unwatch?.();
    const failures: unknown[] = [];
    const inner = this.#parts.mounted.toReversed().map(
      ({ app }) =>
        () =>
          app.stop(),
    );
    const { dependencies } = this.#parts;
    const attached = this.#attached.toReversed().map((part) => () => part.end());
    for (const stop of [...attached, () => dependencies.end(), () => this.#running.end(), ...inner]) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, "The app and apps mounted in it failed to end.");
  }
}

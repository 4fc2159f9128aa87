/** Takes over `app.listen()`, so that an app whose module starts it by itself is not started a second time. */

import { App } from "../app/app.ts";
import type { ListenOptions, RunningServer } from "../app/running-server.ts";
import { ApusError } from "../errors/apus-error.ts";

/** Answers a call of `listen()`; `isFirst` says that no app of the module had been told to listen before. */
export type AnswerListen = (call: ListenCall) => Promise<RunningServer>;

export interface ListenCall {
  readonly app: App;
  readonly options: ListenOptions;
  readonly isFirst: boolean;
  /** The method as the app has it. */
  readonly listen: (options: ListenOptions) => Promise<RunningServer>;
}

export class ListenCalls {
  readonly #servers = new Map<App, Promise<RunningServer>>();
  readonly #answer: AnswerListen;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its app below
  readonly #listen = App.prototype.listen;

  /** From now on `answer` decides what a call of `listen()` does, on every app of the process. */
  constructor(answer: AnswerListen) {
    this.#answer = answer;
    const listen = (app: App, options?: ListenOptions): Promise<RunningServer> => this.#call(app, options);
    App.prototype.listen = function (this: App, options) {
      return listen(this, options);
    };
  }

  /** Apps that were told to listen, in order. */
  get apps(): readonly App[] {
    return [...this.#servers.keys()];
  }

  /** The server of an app that was told to listen. */
  serverOf(app: App): Promise<RunningServer> | undefined {
    return this.#servers.get(app);
  }

  /** Stops every server. */
  async stop(): Promise<void> {
    const stops = [...this.#servers.values()].map(async (server) => (await server).stop());
    for (const outcome of await Promise.allSettled(stops)) if (outcome.status === "rejected") throw outcome.reason;
  }

  /** Whoever calls second gets the server of the first call. */
  async #call(app: App, options: ListenOptions = {}): Promise<RunningServer> {
    const known = this.#servers.get(app);
    const isFirst = this.#servers.size === 0;
    const server = this.#answer({ app, options, isFirst, listen: (more) => this.#listen.call(app, more) });
    if (known === undefined) this.#servers.set(app, server);
    try {
      const running = await server;
      this.#servers.set(app, server);
      return running;
    } catch (error) {
      if (known !== undefined && error instanceof ApusError && error.code === "APUS_ALREADY_LISTENING") return known;
      throw error;
    }
  }
}

/** For commands that only look at the app: its own `listen()` opens nothing. */
export function pretendToListen(): ListenCalls {
  return new ListenCalls(async ({ options: { host = "127.0.0.1", port = 8000 } }) => ({
    host,
    port,
    url: `http://${host}:${port}`,
    stop: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }));
}

/** Tells developers of work that goes on although the signal of its request has fired: nobody waits for what it does. */

import { warn } from "../http/abandon-response.ts";
import type { StopNotice } from "../http/stop-notice.ts";
import type { RequestContext } from "./request-context.ts";

/** Milliseconds that work may take to hear of its signal, and to clean up. */
const grace = 1_000;
/** Milliseconds between two looks at the signals of what is under way. */
const lookTime = 500;

interface Watched {
  readonly context: RequestContext;
  timer: NodeJS.Timeout | undefined;
}

/** Of one app in development; in production there is none. */
const watching = new WeakMap<StopNotice, OverdueWork>();

export class OverdueWork {
  readonly #watched = new Set<Watched>();
  /** Methods and templates; each is told once. */
  readonly #told = new Set<string>();
  #looker: NodeJS.Timeout | undefined;

  /** Of the app that has this notice; undefined in production. */
  static of(stopNotice: StopNotice): OverdueWork | undefined {
    return watching.get(stopNotice);
  }

  /** Begins to watch the requests of an app. */
  static begin(stopNotice: StopNotice): OverdueWork {
    const overdueWork = new OverdueWork();
    watching.set(stopNotice, overdueWork);
    return overdueWork;
  }

  /**
   * Watches what answers a request until it settles. Its signal is looked at now and then, and only when it has been
   * under way for a while: engines make a signal when somebody asks for it, which most requests are too short for.
   */
  watch(context: RequestContext, work: Promise<unknown>): void {
    const watched: Watched = { context, timer: undefined };
    this.#watched.add(watched);
    this.#looker ??= setInterval(() => this.#look(), lookTime).unref();
    const end = (): void => {
      this.#watched.delete(watched);
      clearTimeout(watched.timer);
    };
    work.then(end, end);
  }

  /** The work has been told to end already, in another way than by its signal. */
  expectEnd(context: RequestContext, work: Promise<unknown>): void {
    const timer = this.#waitFor(context);
    const end = (): void => clearTimeout(timer);
    work.then(end, end);
  }

  #look(): void {
    if (this.#watched.size === 0) {
      clearInterval(this.#looker);
      this.#looker = undefined;
    }
    for (const watched of this.#watched) {
      // Middleware may have given the request another signal meanwhile, such as one with a time limit.
      if (watched.timer === undefined && watched.context.signal.aborted) {
        watched.timer = this.#waitFor(watched.context);
      }
    }
  }

  #waitFor(context: RequestContext): NodeJS.Timeout {
    const since = performance.now();
    const tell = (): void => {
      try {
        this.#tell(context, performance.now() - since);
      } catch (error) {
        // A logger that fails can only be told of elsewhere.
        warn(error);
      }
    };
    return setTimeout(tell, grace).unref();
  }

  #tell({ request, route, signal, log }: RequestContext, duration: number): void {
    const place = `${request.method} ${route ?? request.path}`;
    // An answer that ends in another way, such as by the stop of the app, tells its source nothing that it could listen to.
    if (!signal.aborted || this.#told.has(place)) return;
    this.#told.add(place);
    const { reason } = signal as { readonly reason: unknown };
    const why = reason instanceof Error ? reason.message : String(reason);
    const overdue = Math.round(duration);
    const remedy = "pass `signal` to what its handler and its dependencies wait for, so that they end with the request";
    log.warn(`${place} went on for ${overdue} ms after its signal had fired (${why}): ${remedy}.`, { overdue });
  }
}

/** Lets a test see the error behind a 5xx answer: recorded by request id, and only while somebody watches. */

const failures = new Map<string, unknown>();
let watchers = 0;

export interface FailureWatch {
  /** The error that decided a request's answer; undefined when there was none. Forgets it. */
  take(requestId: string): unknown;
  stop(): void;
}

export function recordFailure(requestId: string, failure: unknown): void {
  if (watchers > 0) failures.set(requestId, failure);
}

export function watchFailures(): FailureWatch {
  let watching = true;
  watchers += 1;
  return {
    take(requestId) {
      const failure = failures.get(requestId);
      failures.delete(requestId);
      return failure;
    },
    stop() {
      if (!watching) return;
      watching = false;
      watchers -= 1;
      if (watchers === 0) failures.clear();
    },
  };
}

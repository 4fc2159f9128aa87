/** Events of a call, over as many connections as it takes: after a break the client asks for what comes next. */

import { ClientError } from "./client-error.ts";
import type { Problem } from "../errors/problem.ts";
import { readEvents, type ClientEvent } from "./read-items.ts";

/** Milliseconds before a client connects again, unless the stream says otherwise. */
const usualRetry = 3_000;
/** Milliseconds that the wait for a server that does not answer grows to. */
const longestRetry = 30_000;

export interface EventSourceParts {
  readonly first: Response;
  /** Asks again, for what comes after this id; undefined where that would not be safe (another method than GET). */
  readonly reopen: ((lastId: string) => Promise<Response>) | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * The events, their data read as JSON. Ends when the server ends the stream.
 * @throws ClientError for an event "error" with a problem document, and when the stream breaks and cannot be resumed
 */
export async function* openEvents({ first, reopen, signal }: EventSourceParts): AsyncGenerator<ClientEvent> {
  let response = first;
  let lastId = "";
  let retry = usualRetry;
  for (;;) {
    try {
      if (response.body === null) return;
      for await (const { data, event, id, retry: wanted } of readEvents(response.body, lastId)) {
        lastId = id;
        retry = wanted ?? retry;
        if (data === undefined) continue;
        const value: unknown = JSON.parse(data);
        if (event === "error") throw refuse(value, response);
        yield { data: value, event, id };
      }
      return;
    } catch (error) {
      const isBroken = !(error instanceof ClientError || error instanceof SyntaxError);
      if (!isBroken || reopen === undefined || signal?.aborted === true) throw error;
      response = await comeBack(() => reopen(lastId), retry, signal);
      if (response.status === 204) return;
      if (!response.ok) throw error;
    }
  }
}

/** Asks again until somebody answers, as browsers do: a server that is started anew is away for a while. */
async function comeBack(
  reopen: () => Promise<Response>,
  retry: number,
  signal: AbortSignal | undefined,
): Promise<Response> {
  for (let wait = retry; ; wait = Math.min(2 * wait, Math.max(retry, longestRetry))) {
    await pause(wait, signal);
    try {
      return await reopen();
    } catch (error) {
      if (signal?.aborted === true) throw error;
    }
  }
}

function refuse(value: unknown, response: Response): ClientError {
  const problem = value as Problem & Readonly<Record<string, unknown>>;
  return new ClientError(`The stream ended with an error: ${problem?.title ?? "unknown"}`, { problem, response });
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", leave);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", leave, { once: true });
  });
}

/** Follows requests from their begin to their last byte, with labels of which there are only so many. */

import { chain } from "../http/maybe-promise.ts";
import { requestChannel, type RequestStep } from "../http/trace-channels.ts";

/** Labels by the names of OpenTelemetry's semantic conventions. */
export type Labels = Readonly<Record<string, string>>;

/** Who is told of requests. */
export interface RequestListener {
  began(labels: Labels): void;
  /** With the labels of the begin, and those of the end; the duration in seconds. */
  ended(begin: Labels, end: Labels, duration: number): void;
}

const methods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
  "QUERY",
]);

/** The method, or `_OTHER`: anybody can invent methods. */
export function nameMethod(method: string): string {
  return methods.has(method) ? method : "_OTHER";
}

/** The returned function ends it; requests that are under way are followed to their end. */
export function watchRequests(listener: RequestListener): () => void {
  const listen = (step: RequestStep): void => {
    const { run, current } = step;
    const started = performance.now();
    const begin = { "http.request.method": nameMethod(current.request.method), "url.scheme": current.request.scheme };
    step.run = () => {
      listener.began(begin);
      return chain(run(), (response) => ({
        ...response,
        finished: (failure) => {
          response.finished?.(failure);
          const { route } = current;
          const { status } = response;
          const end = {
            ...begin,
            ...(route !== undefined && { "http.route": route }),
            "http.response.status_code": String(status),
            ...(status >= 500 && { "error.type": String(status) }),
          };
          listener.ended(begin, end, (performance.now() - started) / 1_000);
        },
      }));
    };
  };
  requestChannel.subscribe(listen);
  return () => requestChannel.unsubscribe(listen);
}

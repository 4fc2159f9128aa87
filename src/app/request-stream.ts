/** A response's stream as part of its request: what its source does while it is read belongs to the request, too. */

import { sizeOf } from "../http/http-response.ts";
import { currentRequest } from "../http/current-request.ts";
import type { RequestContext } from "../operation/request-context.ts";

/** The same stream; engines read it outside of the request, but its source runs inside: its late rejections are the request's. */
export function bindStream(context: RequestContext, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const byteLength = sizeOf(body);
  return {
    ...(byteLength !== undefined && { byteLength }),
    [Symbol.asyncIterator]() {
      const iterator = currentRequest.run(context, () => body[Symbol.asyncIterator]());
      return {
        next: () => currentRequest.run(context, () => iterator.next()),
        return: async () =>
          currentRequest.run(context, async () => (await iterator.return?.()) ?? { done: true, value: undefined }),
      };
    },
  };
}

/** A response's stream as part of its request: what its source does while it is read belongs to the request, too. */

import { AsyncLocalStorage } from "node:async_hooks";
import { canLend, sizeOf } from "../http/http-response.ts";
import { currentRequest } from "../http/current-request.ts";
import type { RequestContext } from "../operation/request-context.ts";

/** The same stream; engines read it outside of the request, but its source runs inside: its late rejections are the request's. */
export function bindStream(context: RequestContext, body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const byteLength = sizeOf(body);
  const around = AsyncLocalStorage.snapshot();
  const inside = <Result>(run: () => Result): Result => around(() => currentRequest.run(context, run));
  const bind = (open: () => AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> => {
    const iterator = inside(open);
    return {
      next: () => inside(() => iterator.next()),
      return: async () => inside(async () => (await iterator.return?.()) ?? { done: true, value: undefined }),
    };
  };
  return {
    ...(byteLength !== undefined && { byteLength }),
    ...(canLend(body) && { lend: () => bind(() => body.lend()) }),
    [Symbol.asyncIterator]: () => bind(() => body[Symbol.asyncIterator]()),
  };
}

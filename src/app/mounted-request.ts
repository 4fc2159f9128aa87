/** A request as a mounted app sees it: the same one, below its prefix. */

import { DerivedRequest } from "../http/derived-request.ts";
import type { HttpRequest } from "../http/http-request.ts";

/** `path` is what is left below the prefix, as it was sent; `prefix` is the mount's template. */
export function mountRequest(outer: HttpRequest, prefix: string, path: string): HttpRequest {
  return new DerivedRequest(outer, { path, mountPath: `${outer.mountPath}${prefix}` });
}

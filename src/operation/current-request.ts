/** The request that the running code belongs to, carried across awaits and timers. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { RequestContext } from "./request-context.ts";

export const currentRequest: AsyncLocalStorage<RequestContext> = new AsyncLocalStorage();

/** Work of the traced app that runs in a worker, which imports this module. */

import { offload } from "apus/workers";

export const readTrace = offload(import.meta, "readTrace", async () => offload.context().traceparent);

/** Serves the tour, the example that shows everything, on the port that PORT names or 8000. */

import { serve } from "../examples/tour/app.ts";

await serve();

/** The load process: takes one job after the other from its parent, and reports each outcome. */

import { runBurst, runIdle } from "./load-crowds.ts";
import { runHeld } from "./load-held.ts";
import type { LoadJob, LoadMessage, Outcomes } from "./load-job.ts";
import { runClosed, runOpen } from "./load-loops.ts";
import { runOverload } from "./load-overload.ts";
import { runSlow } from "./load-slow.ts";
import { runDownload, runUpload } from "./load-transfers.ts";

function run(job: LoadJob): Promise<Outcomes[LoadJob["kind"]]> {
  switch (job.kind) {
    case "closed":
      return runClosed(job);
    case "open":
      return runOpen(job);
    case "burst":
      return runBurst(job);
    case "idle":
      return runIdle(job);
    case "download":
      return runDownload(job);
    case "upload":
      return runUpload(job);
    case "slow":
      return runSlow(job);
    case "held":
      return runHeld(job);
    case "overload":
      return runOverload(job);
  }
}

async function answer(job: LoadJob): Promise<void> {
  const message: LoadMessage = await run(job).then(
    (outcome) => ({ ok: true, outcome }),
    (error: unknown) => ({ ok: false, message: String(error) }),
  );
  process.send?.(message);
}

process.on("message", (job: LoadJob) => void answer(job));
process.on("disconnect", () => process.exit(0));

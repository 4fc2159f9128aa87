/** Answers that are made while they are sent: docs/streams.md. */

import { setTimeout as sleep } from "node:timers/promises";
import { App, event, eventLog, lastEventId, stream } from "apus";
import { z } from "zod";

export const app = new App({ log: false });

/** A cursor of a database, such as a SQL library gives. */
async function* readRows(): AsyncGenerator<{ id: number; name: string; password: string }> {
  for (const [index, name] of ["ada", "grace", "edsger"].entries()) {
    await sleep(1);
    yield { id: index + 1, name, password: "s3cret" };
  }
}

// #region lines
const Row = z.object({ id: z.int(), name: z.string() });

export const exportRows = app.get("/export", { lines: Row }, async function* ({ log }) {
  try {
    for await (const row of readRows()) yield row; // `password` never leaves
  } finally {
    log.info("The export ended"); // also when the client has gone
  }
});
// #endregion lines

// #region events
const Tick = z.object({ count: z.int() });

export const ticks = app.get(
  "/ticks",
  { events: Tick, headers: z.object({ "last-event-id": z.int().default(0) }) },
  async function* ({ headers, signal }) {
    for (let count = headers["last-event-id"] + 1; count <= 3; count += 1) {
      await sleep(10, undefined, { signal });
      yield event({ count }, { id: String(count), event: "tick" });
    }
  },
);
// #endregion events

// #region replay
const Notice = z.object({ text: z.string() });
const Gap = z.object({ missed: z.int().optional() });

const notices = eventLog<z.infer<typeof Notice | typeof Gap>>({
  capacity: 1_000,
  gap: (gap) => event(gap, { event: "gap" }),
});

export const postNotice = app.post("/notices", { body: Notice, status: 202 }, ({ body }) => {
  notices.append(body);
});

export const followNotices = app.get("/notices", { events: z.union([Notice, Gap]), use: { lastEventId } }, (input) =>
  notices.follow({ after: input.lastEventId }),
);
// #endregion replay

// #region bytes
export const exportCsv = app.get("/export.csv", () => {
  async function* toCsv(): AsyncGenerator<string> {
    yield "id,name\n";
    for await (const { id, name } of readRows()) yield `${id},${name}\n`;
  }
  return stream(toCsv(), { mediaType: "text/csv" });
});
// #endregion bytes

/** Compressed answers: docs/compression.md. */

import { App } from "apus";
import { compression } from "apus/middleware/compression";
import { conditional } from "apus/middleware/conditional";

export const app = new App({ log: false });

// #region use
app.use(
  compression({
    // A secret beside text of the client's choice can be guessed from the length of both together.
    filter: (request) => !request.path.startsWith("/account"),
  }),
);
app.use(conditional()); // inside, so that tags belong to what is compressed
// #endregion use

const birds = Array.from({ length: 100 }, (_, id) => ({ id, name: `Swift ${id}` }));

app.get("/birds", () => birds);
app.get("/account", () => ({ token: "t-4711", birds }));

// #region events
async function* countUp(): AsyncIterable<Uint8Array> {
  for (let count = 1; count <= 3; count += 1) yield Buffer.from(`data: ${count}\n\n`);
}

app.get("/events", () => {
  return new Response(ReadableStream.from(countUp()), { headers: { "content-type": "text/event-stream" } });
});
// #endregion events

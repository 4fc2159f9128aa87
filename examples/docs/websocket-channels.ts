/** Channels between processes: docs/websocket.md. */

import { App, channel, dependency, postgresBus } from "apus";
import { z } from "zod";

export const app: App = new App({ log: false });

const Said = z.object({ text: z.string().min(1) });
const Heard = z.object({ text: z.string(), from: z.string() });

// #region bus
export const bus = dependency({ scope: "app" }, async function* ({ log }) {
  const url = process.env["DATABASE_URL"];
  await using opened = url === undefined ? undefined : await postgresBus({ url, log });
  yield opened; // without one, channels stay in this process
});

export const news = app.websocket(
  "/news/{topic}",
  { use: { bus }, send: Heard, receive: Said },
  async ({ socket, path, bus: through }) => {
    const topic = channel<z.infer<typeof Heard>>(`news:${path.topic}`, { through });
    using _ = topic.join(socket);
    for await (const { text } of socket) await topic.publish({ text, from: "somebody" });
  },
);
// #endregion bus

// #region ready
export const first = app.get("/first/{topic}", { use: { bus } }, async ({ path, signal, bus: through }) => {
  using subscription = channel(`news:${path.topic}`, { through }).subscribe({ signal });
  await subscription.ready; // from here on, nothing is missed
  for await (const message of subscription) return { message, interruptions: subscription.interruptions };
  return null;
});
// #endregion ready

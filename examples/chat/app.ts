/** A chat: rooms over WebSockets, and a page at / to talk in. Run it with `node examples/chat/app.ts`. */

import { readFile } from "node:fs/promises";
import { App, channel, dependency, html } from "apus";
import { z } from "zod";

const Name = z.object({ name: z.string().trim().min(1).max(20) });

const Said = z.object({ text: z.string().trim().min(1).max(500) });

const Heard = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("said"), from: z.string(), text: z.string() }),
  z.object({ kind: z.literal("came"), from: z.string(), members: z.int() }),
  z.object({ kind: z.literal("left"), from: z.string(), members: z.int() }),
]);

export const app: App = new App({
  title: "Chat",
  version: "1.0.0",
  log: process.env["LOG_LEVEL"] === "silent" ? false : {},
});

/** Whoever connects says a name; a real chat would know it from a session. */
const name = dependency({ query: Name }, ({ query }) => query.name);

export const chat = app.websocket(
  "/rooms/{room}",
  { use: { name }, send: Heard, receive: Said, maxMessageBytes: 4_096 },
  async ({ socket, path, name: from }) => {
    const room = channel<z.infer<typeof Heard>>(`chat:${path.room}`, { slow: "close" });
    using membership = room.join(socket);
    await room.publish({ kind: "came", from, members: room.size });
    try {
      for await (const { text } of socket) await room.publish({ kind: "said", from, text });
    } finally {
      membership[Symbol.dispose]();
      await room.publish({ kind: "left", from, members: room.size });
    }
  },
);

app.get("/", async () => html(await readFile(new URL("page.html", import.meta.url), "utf8")));

if (import.meta.main) await app.listen({ port: 8000 });

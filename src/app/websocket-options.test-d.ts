/** The types of a declared WebSocket: what its handler is given, what it may send, and what does not compile. */

import { z } from "zod";
import { dependency } from "../dependencies/dependency.ts";
import { App } from "./app.ts";

const app = new App();
const Message = z.object({ text: z.string(), at: z.string().transform((text) => new Date(text)) });
const user = dependency(() => ({ name: "ada" }));

const chat = app.websocket(
  "/chat/{room}/{page:int}",
  { query: z.object({ q: z.string() }), use: { user }, send: z.object({ n: z.number() }), receive: Message },
  async ({ socket, path, query, user: own, signal, log, background }) => {
    const room: string = path.room;
    const page: number = path.page;
    const q: string = query.q;
    const name: string = own.name;
    for await (const { at } of socket) {
      const time: Date = at;
      await socket.send({ n: time.getTime() });
      // @ts-expect-error -- not what `send` declares
      await socket.send({ n: "1" });
      // @ts-expect-error -- not what `send` declares
      await socket.send("text");
    }
    const code: number = (await socket.closed).code;
    log.info(room + q + name, { page, code, aborted: signal.aborted });
    background(() => socket.close(4000, "late"));
  },
);

const method: "WEBSOCKET" = chat.method;
const path: "/chat/{room}/{page:int}" = chat.path;
app.urlFor(chat, { room: "a", page: 1 });
// @ts-expect-error -- a parameter is missing
app.urlFor(chat, { room: "a" });

app.websocket("/raw", async ({ socket }) => {
  for await (const message of socket) {
    const raw: string | Uint8Array = message;
    await socket.send(raw);
    // @ts-expect-error -- without a schema only text and bytes
    await socket.send({ text: "a" });
  }
});

app.websocket("/sends", { send: Message }, ({ socket }) => socket.send({ text: "a", at: "2026-01-01" }));

// @ts-expect-error -- there is no such option
app.websocket("/wrong", { bodyLimit: 5 }, () => {});
// @ts-expect-error -- there is no head to change any more
app.websocket("/head", ({ response }) => response);
// @ts-expect-error -- a handler is missing
app.websocket("/none", { send: Message });

export { method, path };

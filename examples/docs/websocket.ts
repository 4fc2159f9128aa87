/** WebSockets: docs/websocket.md. */

import { setTimeout as sleep } from "node:timers/promises";
import { App, bearer, channel, fail } from "apus";
import { z } from "zod";

export const app: App = new App({ log: false });

const users: ReadonlyMap<string, string> = new Map([["secret", "ada"]]);

// #region declare
const Said = z.object({ text: z.string().min(1) });
const Heard = z.object({ text: z.string(), from: z.string() });
const user = bearer({ verify: (token) => users.get(token) });

export const chat = app.websocket(
  "/chat/{room}",
  { use: { user }, send: Heard, receive: Said },
  async ({ socket, path, ...input }) => {
    for await (const { text } of socket) {
      await socket.send({ text: `${path.room}: ${text}`, from: input.user });
    }
  },
);
// #endregion declare

// #region raw
export const echo = app.websocket("/echo", async ({ socket }) => {
  for await (const message of socket) await socket.send(message); // string or Uint8Array
});
// #endregion raw

// #region send
const Tick = z.object({ count: z.int() });

export const ticks = app.websocket(
  "/ticks",
  { query: z.object({ pace: z.int().min(1).default(1_000) }), send: Tick },
  async ({ socket, query, signal }) => {
    for (let count = 1; ; count += 1) {
      await socket.send({ count });
      await sleep(query.pace, undefined, { signal });
    }
  },
);
// #endregion send

// #region invalid
const Answer = z.union([z.object({ sum: z.number() }), z.object({ errors: z.array(z.string()) })]);

export const sums = app.websocket(
  "/sums",
  { receive: z.object({ numbers: z.array(z.number()) }), send: Answer },
  async ({ socket }) => {
    socket.onInvalid((issues) => socket.send({ errors: issues.map(({ pointer }) => pointer) }));
    for await (const { numbers } of socket) {
      await socket.send({ sum: numbers.reduce((total, number) => total + number, 0) });
    }
  },
);
// #endregion invalid

// #region channel
export const news = app.websocket("/news/{topic}", { send: Heard, receive: Said }, async ({ socket, path }) => {
  const topic = channel<z.infer<typeof Heard>>(`news:${path.topic}`, { slow: "close" });
  using _ = topic.join(socket); // everything that is published goes to it
  for await (const { text } of socket) await topic.publish({ text, from: "somebody" });
});
// #endregion channel

// #region close
export const game = app.websocket("/games/{id:int}", { receive: z.literal("end") }, async ({ socket, path }) => {
  if (path.id > 100) fail(404, "There is no such game."); // closed with 1008 and these words
  for await (const _ of socket) await socket.close(4000, "The game is over.");
});
// #endregion close

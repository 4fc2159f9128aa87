/** The types of `client.connect()`: its inputs, what may be sent, what comes. */

import type { ClientSocket, ClientSocketEnd } from "./socket-types.ts";
import type { Client } from "./client-types.ts";
import type { StandardSchema } from "../schema/standard-schema.ts";

interface Operation<Path, Options, Parameters> {
  readonly method: "WEBSOCKET";
  readonly path: Path;
  readonly options: Options;
  readonly "~types"?: { readonly parameters: Parameters; readonly result: void };
}

interface Api {
  chat: Operation<
    "/chat/{room}",
    {
      send: StandardSchema<{ at: Date }, { at: Date }>;
      receive: StandardSchema<{ text: string }, { text: string }>;
      query: StandardSchema<{ page?: number }, { page: number }>;
    },
    { room: string }
  >;
  ticks: Operation<"/ticks", { send: StandardSchema<number> }, Record<never, never>>;
  raw: Operation<"/raw", Record<never, never>, Record<never, never>>;
}

declare const client: Client<Api>;

const chat: ClientSocket<{ text: string }, { at: string }> = client.connect("/chat/{room}", { path: { room: "a" } });
chat.send({ text: "a" });
// @ts-expect-error -- not what the server receives
chat.send({ words: "a" });
// @ts-expect-error -- a parameter is missing
client.connect("/chat/{room}");
client.connect("/chat/{room}", { path: { room: "a" }, query: { page: 1 }, attempts: 3, protocols: ["v1"] });
// @ts-expect-error -- its messages are JSON
client.connect("/chat/{room}", { path: { room: "a" }, raw: true });
// @ts-expect-error -- what is sent is no JSON, and it has to be said
client.connect("/ticks");
const raw: ClientSocket<string | Uint8Array, string | Uint8Array> = client.connect("/raw", { raw: true });
// @ts-expect-error -- there is no such WebSocket
client.connect("/none");

const ended: Promise<ClientSocketEnd> = raw.closed;
for await (const tick of client.connect("/ticks", { raw: "sent" })) {
  const count: number = tick;
  void count;
}

export { ended };

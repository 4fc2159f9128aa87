/** A bare `node:net` server that answers without reading: the floor under everything that runs on Node. */

import { createServer } from "node:net";
import { item } from "../requests.ts";
import { host, port } from "./sample-data.ts";

function encodeAnswer(value: unknown): string {
  const body = JSON.stringify(value);
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}

const hello = encodeAnswer({ hello: "world" });
const user = encodeAnswer({ id: 42, page: 2, tags: ["a", "b"] });
const created = encodeAnswer({ id: 1, ...item });

const [letterP, letterU] = [0x50, 0x75];

// One chunk is one request, told apart by a letter: true for this load, and only for it.
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    socket.write(chunk[0] === letterP ? created : chunk[5] === letterU ? user : hello, "latin1");
  });
});

server.listen({ host, port }, () => console.log("ready"));

/** The benchmark's endpoints on bare `node:http`: what Node's own server costs, with nothing validated. */

import { createReadStream, createWriteStream } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { WebSocketServer, type WebSocket } from "ws";
import { countBytes, eventData, eventPause, filesFolder, host, port, streamBytes } from "./sample-data.ts";

function answer(response: ServerResponse, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function readBody(request: IncomingMessage, done: (text: string) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => done(Buffer.concat(chunks).toString()));
}

const server = createServer((request, response) => {
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  if (path === "/json") return answer(response, { hello: "world" });
  if (path.startsWith("/users/")) {
    const query = new URLSearchParams(url.slice(mark + 1));
    return answer(response, { id: Number(path.slice(7)), page: Number(query.get("page")), tags: query.getAll("tags") });
  }
  if (path === "/items") return readBody(request, (text) => answer(response, { id: 1, ...JSON.parse(text) }));
  if (path.startsWith("/wait/")) {
    const seconds = Number(path.slice(6));
    return void setTimeout(() => answer(response, { waited: seconds }), seconds * 1000);
  }
  if (path === "/stream") return void Readable.from(streamBytes(), { objectMode: false }).pipe(response);
  if (path === "/upload") return void countBytes(request).then((bytes) => answer(response, { bytes }));
  if (path === "/events") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => response.write(`data: ${JSON.stringify(eventData)}\n\n`), eventPause);
    response.write(`data: ${JSON.stringify(eventData)}\n\n`);
    return void response.on("close", () => clearInterval(timer));
  }
  if (path === "/small") return answer(response, "small");
  if (path === "/file") return void createReadStream(`${filesFolder}/large.bin`).pipe(response);
  if (path === "/save") return void save(request, response);
  response.writeHead(404).end();
});

/** The body as it is, with the form around the file: nothing here reads forms. */
async function save(request: IncomingMessage, response: ServerResponse): Promise<void> {
  await pipeline(request, createWriteStream(`${filesFolder}/saved.bin`));
  answer(response, { bytes: Number(request.headers["content-length"]) - formBytes });
}

/** What `encodeMultipart` puts around the bytes of a file. */
const formBytes = 179;

const sockets = new WebSocketServer({ noServer: true });
server.on("upgrade", (request, socket, head) => {
  sockets.handleUpgrade(request, socket, head, (client: WebSocket) => {
    client.on("message", (message) => client.send(message));
  });
});

server.listen({ host, port }, () => console.log("ready"));

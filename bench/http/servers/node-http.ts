/** The benchmark's endpoints on bare `node:http`: what Node's own server costs, with nothing validated. */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { countBytes, host, port, streamBytes } from "./sample-data.ts";

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
  response.writeHead(404).end();
});

server.listen({ host, port }, () => console.log("ready"));

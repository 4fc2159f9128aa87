/** A crude HTTP/1.1 reader in TypeScript on `node:net`, with nothing checked: the least that reading can cost. */

import { createServer, type Socket } from "node:net";
import { host, port } from "./sample-data.ts";

function answer(socket: Socket, value: unknown): void {
  const body = JSON.stringify(value);
  socket.write(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

interface Request {
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

function handle(socket: Socket, { url, body }: Request): void {
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  if (path === "/json") return answer(socket, { hello: "world" });
  if (path === "/items") return answer(socket, { id: 1, ...JSON.parse(body) });
  if (path.startsWith("/wait/")) {
    const seconds = Number(path.slice(6));
    return void setTimeout(() => answer(socket, { waited: seconds }), seconds * 1000);
  }
  const query = new URLSearchParams(url.slice(mark + 1));
  answer(socket, { id: Number(path.slice(7)), page: Number(query.get("page")), tags: query.getAll("tags") });
}

/** One request from the front of the text, and where it ends; undefined when it is not complete. */
function parseRequest(text: string): { readonly request: Request; readonly end: number } | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const [first = "", ...lines] = text.slice(0, head).split("\r\n");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  const end = head + 4 + Number(headers.get("content-length") ?? 0);
  if (text.length < end) return undefined;
  return { request: { url: first.split(" ")[1] ?? "/", headers, body: text.slice(head + 4, end) }, end };
}

const server = createServer({ noDelay: true }, (socket) => {
  let pending = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    pending += chunk.toString("latin1");
    for (let parsed = parseRequest(pending); parsed !== undefined; parsed = parseRequest(pending)) {
      pending = pending.slice(parsed.end);
      handle(socket, parsed.request);
    }
  });
});

server.listen({ host, port }, () => console.log("ready"));

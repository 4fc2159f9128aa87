/** An upstream that does what none should: on a raw socket, one kind of harm for each path. */

import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

export interface HostileUpstream extends AsyncDisposable {
  readonly url: string;
  /** Connections that are open. */
  readonly connections: number;
  /** Connections since the start. */
  readonly accepted: number;
  /** Bytes that were written, of all answers. */
  readonly written: number;
  /** Resolves when no connection is open. */
  emptied(): Promise<void>;
}

const head = (...fields: readonly string[]): string => `${["HTTP/1.1 200 OK", ...fields].join("\r\n")}\r\n\r\n`;
const json = "Content-Type: application/json";
const chunked = "Transfer-Encoding: chunked";
const sized = (body: Uint8Array | string, ...fields: readonly string[]): readonly (string | Uint8Array)[] => [
  head(json, `Content-Length: ${Buffer.byteLength(body)}`, ...fields),
  body,
];
const coded = (coding: string, body: Uint8Array): readonly (string | Uint8Array)[] =>
  sized(body, `Content-Encoding: ${coding}`);

const zeros = Buffer.alloc(20_000_000);
const good = JSON.stringify({ name: "Ada" });

/** A frame that asks for a window of 2 GiB. */
const wideZstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00]);

/** What is written at once, and then nothing more. */
const written: Readonly<Record<string, readonly (string | Uint8Array)[]>> = {
  "/good": sized(good),
  "/good-gzip": coded("gzip", gzipSync(good)),
  "/good-deflate": coded("deflate", deflateSync(good)),
  "/good-br": coded("br", brotliCompressSync(good)),
  "/good-zstd": coded("zstd", zstdCompressSync(good)),
  "/stall-head": [],
  "/stall-in-head": ["HTTP/1.1 200 OK\r\nContent-Ty"],
  "/stall-body": [head(json, "Content-Length: 100"), '{"name":'],
  "/bad-json": sized('{"name": "Ada"'),
  "/no-json": sized(""),
  "/bad-utf8": sized(Buffer.from([0x22, 0xc3, 0x28, 0x22])),
  "/deep-json": sized("[".repeat(100_000)),
  "/prototype": sized('{"__proto__": {"admin": true}, "name": "Ada"}'),
  "/wrong-schema": sized('{"name": 5, "secret": "hunter2"}'),
  "/bad-gzip": coded("gzip", Buffer.from("this is no gzip at all")),
  "/bad-br": coded("br", Buffer.from("this is no brotli at all")),
  "/bad-zstd": coded("zstd", Buffer.from("this is no zstd at all")),
  "/wide-zstd": coded("zstd", wideZstd),
  "/cut-gzip": coded("gzip", gzipSync(good).subarray(0, 20)),
  "/unknown-coding": coded("compress", Buffer.from(good)),
  "/two-codings": coded("gzip, gzip", gzipSync(gzipSync(good))),
  "/bomb-gzip": coded("gzip", gzipSync(zeros)),
  "/bomb-br": coded("br", brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })),
  "/bomb-zstd": coded("zstd", zstdCompressSync(zeros)),
  "/long": [head(json, "Content-Length: 10737418240"), "[1,"],
  "/loop": ["HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n"],
  "/to-file": ["HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"],
  "/to-private": ["HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"],
  "/to-credentials": ["HTTP/1.1 302 Found\r\nLocation: http://a:b@127.0.0.1/\r\nContent-Length: 0\r\n\r\n"],
  "/error": ["HTTP/1.1 500 No\r\nContent-Length: 7\r\n\r\nhunter2"],
  "/two-lengths": [head(json, "Content-Length: 2", "Content-Length: 3"), "[] "],
  "/both-framings": [head(json, "Content-Length: 2", chunked), "0\r\n\r\n"],
  "/bad-chunk": [head(json, chunked), "zz\r\n"],
  "/status-999": ["HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"],
};

/** What ends with the connection. */
const ended: Readonly<Record<string, readonly (string | Uint8Array)[]>> = {
  "/close": [],
  "/close-in-head": ["HTTP/1.1 200 OK\r\nContent-Ty"],
  "/short": [head(json, "Content-Length: 100"), '{"name": "Ada"}'],
  "/short-chunks": [head(json, chunked), '5\r\n{"na'],
  "/no-http": ["220 mail.example ESMTP\r\n"],
};

/** Writes for ever, as fast as it is taken. */
async function flood(socket: Socket, piece: Uint8Array | string, count: (bytes: number) => void): Promise<void> {
  while (!socket.destroyed) {
    count(Buffer.byteLength(piece));
    if (!socket.write(piece)) {
      await Promise.race([once(socket, "drain"), once(socket, "close")]).catch(() => undefined);
    }
  }
}

const megabyte = Buffer.alloc(1_000_000, "x");
const manyEmptyMembers = Buffer.concat(Array.from({ length: 1000 }, () => gzipSync("")));
const asChunk = (body: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${body.length.toString(16)}\r\n`), body, Buffer.from("\r\n")]);

function answer(path: string, socket: Socket, count: (bytes: number) => void): void {
  for (const piece of written[path] ?? ended[path] ?? []) socket.write(piece);
  if (path in ended) socket.end();
  if (path === "/reset") socket.resetAndDestroy();
  if (path === "/reset-body") socket.write(`${head(json, "Content-Length: 100")}{`, () => socket.resetAndDestroy());
  if (path === "/trickle" || path === "/trickle-head") {
    socket.write(path === "/trickle" ? head(json, chunked) : "HTTP/1.1 200 OK\r\nX-Long: ");
    const timer = setInterval(() => socket.write(path === "/trickle" ? "1\r\n \r\n" : "x"), 5);
    socket.on("close", () => clearInterval(timer));
  }
  if (path === "/endless") {
    socket.write(head(json, chunked));
    void flood(socket, asChunk(megabyte), count);
  }
  if (path === "/endless-members") {
    socket.write(head(json, chunked, "Content-Encoding: gzip"));
    void flood(socket, asChunk(manyEmptyMembers), count);
  }
  if (path === "/endless-head") {
    socket.write("HTTP/1.1 200 OK\r\n");
    void flood(socket, "X-Field: more\r\n".repeat(100), count);
  }
  if (path === "/endless-interim") void flood(socket, "HTTP/1.1 103 Early Hints\r\n\r\n", count);
}

/** Starts it; what it does with a path is in the tables above. */
export async function startHostileUpstream(): Promise<HostileUpstream> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  let bytes = 0;
  const count = (more: number): void => void (bytes += more);
  const server: Server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket);
    socket
      .on("error", () => undefined)
      .on("close", () => {
        sockets.delete(socket);
        server.emit("left");
      });
    socket.on("data", (data) => {
      const path = data.toString("latin1").split(" ", 2)[1] ?? "";
      if (path.startsWith("/")) answer(path, socket, count);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return sockets.size;
    },
    get accepted() {
      return accepted;
    },
    get written() {
      return bytes;
    },
    async emptied() {
      while (sockets.size > 0) await once(server, "left");
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

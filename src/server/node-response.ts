/** Writes a response through `node:http`: head and small body at once, streams at the client's pace. */

import type { ServerResponse } from "node:http";
import { ClientGoneError } from "../errors/client-gone-error.ts";
import { sizeOf, type HttpResponse, type ResponseBody } from "../http/http-response.ts";
import { framingFields } from "./framing-fields.ts";

export interface WriteOptions {
  /** Tells the client that the connection ends with this answer. */
  readonly close: boolean;
  /** Awaited when all bytes are written and the answer is not yet ended. */
  readonly beforeEnd: (() => Promise<void>) | undefined;
}

/** Resolves when the last byte has been handed over, or the client has gone; then `finished` has been called. */
export async function writeNodeResponse(
  target: ServerResponse,
  response: HttpResponse,
  { close, beforeEnd }: WriteOptions,
): Promise<void> {
  const { status, body } = response;
  const headers: string[] = [];
  const isHead = target.req.method === "HEAD";
  for (const [name, value] of response.headers) {
    if (!framingFields.has(name) || (isHead && body === null && name === "content-length")) headers.push(name, value);
  }
  if (close) headers.push("connection", "close");
  try {
    if (target.destroyed) {
      await cancel(body);
      throw new ClientGoneError("before its answer was complete");
    }
    if (body === null || typeof body === "string" || body instanceof Uint8Array) {
      writeWhole(target, { status, headers, content: body, ends: beforeEnd === undefined });
    } else {
      const size = sizeOf(body);
      if (size !== undefined) headers.push("content-length", String(size));
      target.writeHead(status, headers);
      await writeStream(target, body, size);
    }
    if (beforeEnd !== undefined) await beforeEnd();
    if (!target.writableEnded) target.end();
    await ended(target);
    response.finished?.();
  } catch (error) {
    // Without the last chunk, after what was written: the client sees that the answer was cut.
    if (error instanceof ClientGoneError) target.destroy();
    else target.socket?.destroySoon();
    response.finished?.(error);
  }
}

interface WholeResponse {
  readonly status: number;
  readonly headers: string[];
  readonly content: string | Uint8Array | null;
  /** Whether nothing comes after it, so that head, content and end may leave together. */
  readonly ends: boolean;
}

function writeWhole(target: ServerResponse, { status, headers, content, ends }: WholeResponse): void {
  const length = content === null ? 0 : typeof content === "string" ? Buffer.byteLength(content) : content.length;
  const isGiven = headers.some((name, index) => index % 2 === 0 && name === "content-length");
  if (status !== 204 && status !== 304 && !isGiven) headers.push("content-length", String(length));
  target.writeHead(status, headers);
  const sent = content === null || target.req.method === "HEAD" ? "" : content;
  if (ends) target.end(sent);
  else if (sent.length > 0) target.write(sent);
}

/** Lets the source of a stream go that nobody will read. */
async function cancel(body: ResponseBody): Promise<void> {
  if (typeof body === "object" && body !== null && Symbol.asyncIterator in body)
    await body[Symbol.asyncIterator]().return?.();
}

async function writeStream(
  target: ServerResponse,
  body: AsyncIterable<Uint8Array>,
  size: number | undefined,
): Promise<void> {
  if (target.req.method === "HEAD") return cancel(body);
  let owed = size ?? Infinity;
  for await (const chunk of body) {
    if (target.destroyed) throw new ClientGoneError("before its answer was complete");
    owed -= chunk.length;
    if (owed < 0) throw new Error("The stream of a response gave more bytes than it had said.");
    if (!target.write(chunk)) await settled(target, "drain");
  }
  if (owed > 0 && owed !== Infinity) {
    throw new Error(`The stream of a response ended ${owed} bytes before what it had said.`);
  }
}

function ended(target: ServerResponse): Promise<void> {
  return target.writableFinished ? Promise.resolve() : settled(target, "finish");
}

/** Waits for an event of the response, or fails when it closes before. */
function settled(target: ServerResponse, event: "drain" | "finish"): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      target.off("close", gone);
      resolve();
    };
    const gone = (): void => {
      target.off(event, done);
      reject(new ClientGoneError("before its answer was complete"));
    };
    // Who has gone already is not gone once more.
    if (target.destroyed) return gone();
    target.once(event, done);
    target.once("close", gone);
  });
}

/** Makes of an encoded body what `fetch` sends: at once, or piece by piece, counted on the way. Runs in browsers. */

import type { UploadProgress } from "./client-types.ts";
import type { EncodedBody } from "./encode-body.ts";
import { encodeMultipart } from "./encode-multipart.ts";

/** Told of every piece. */
export type OnProgress = (progress: UploadProgress) => void;

/** What a call says of the sending of its body. */
export interface SendSettings {
  readonly onUploadProgress?: OnProgress;
  readonly signal?: AbortSignal;
}

/** The members of `RequestInit` that belong together, and the content type. */
export interface SentBody {
  readonly body: NonNullable<RequestInit["body"]>;
  readonly duplex?: "half";
  readonly mediaType: string | undefined;
}

/** Browsers send no body in pieces, or only over some versions of HTTP; what has no `XMLHttpRequest` is none. */
export function isBrowser(): boolean {
  return "XMLHttpRequest" in globalThis;
}

/** In browsers a body is sent whole, and nothing is counted here. */
export async function prepareBody(encoded: EncodedBody, settings: SendSettings): Promise<SentBody> {
  const { content, mediaType } = encoded;
  const isWhole = !isPieces(content);
  if (isBrowser()) {
    if (isWhole) return { body: content, mediaType };
    const pieces: BlobPart[] = [];
    for await (const piece of content) {
      settings.signal?.throwIfAborted();
      pieces.push(piece);
    }
    return { body: new Blob(pieces), mediaType };
  }
  if (!isWhole) return { body: toStream(count(content, undefined, settings)), duplex: "half", mediaType };
  if (settings.onUploadProgress === undefined) return { body: content, mediaType };
  const known = toKnown(content);
  const stream = toStream(count(cut(known.parts), known.total, settings));
  return { body: stream, duplex: "half", mediaType: mediaType ?? known.mediaType };
}

function isPieces(content: EncodedBody["content"]): content is AsyncIterable<Uint8Array> {
  return typeof content === "object" && Symbol.asyncIterator in content;
}

type Whole = Exclude<EncodedBody["content"], AsyncIterable<Uint8Array>>;
type BlobPart = NonNullable<ConstructorParameters<typeof Blob>[0]>[number];

/** A body whose size is known before it is sent. */
interface KnownBody {
  readonly parts: readonly (Uint8Array | Blob)[];
  readonly total: number;
  readonly mediaType: string | undefined;
}

function toKnown(content: Whole): KnownBody {
  if (content instanceof FormData) {
    const { parts, mediaType } = encodeMultipart(content);
    const total = parts.reduce((sum, part) => sum + (part instanceof Blob ? part.size : part.length), 0);
    return { parts, total, mediaType };
  }
  if (content instanceof Blob) return { parts: [content], total: content.size, mediaType: undefined };
  if (content instanceof Uint8Array) return { parts: [content], total: content.length, mediaType: undefined };
  const bytes = new TextEncoder().encode(String(content));
  const mediaType = typeof content === "string" ? undefined : "application/x-www-form-urlencoded;charset=UTF-8";
  return { parts: [bytes], total: bytes.length, mediaType };
}

const pieceSize = 65_536;

async function* cut(parts: KnownBody["parts"]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const part of parts) {
    if (!(part instanceof Blob)) yield* slice(part);
    else for await (const piece of part.stream()) yield* slice(piece);
  }
}

function* slice(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
}

/** Ends the source when the call is aborted: `fetch` of Node.js would read on, and throw away what it reads. */
async function* count(
  pieces: AsyncIterable<Uint8Array>,
  total: number | undefined,
  { onUploadProgress, signal }: SendSettings,
): AsyncGenerator<Uint8Array, void, undefined> {
  let sent = 0;
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    if (piece.length === 0) continue;
    yield piece;
    sent += piece.length;
    onUploadProgress?.({ sent, total });
  }
}

/** Pulled by who sends it; `ReadableStream.from()` is not everywhere. */
function toStream(pieces: AsyncGenerator<Uint8Array, void, undefined>): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await pieces.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return();
      },
    },
    { highWaterMark: 0 },
  );
}

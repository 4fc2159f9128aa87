/** Reads answers that come item by item: JSON Lines, and server-sent events (HTML standard §9.2.6). */

/** One event. */
export interface ClientEvent<Data = unknown> {
  readonly data: Data;
  /** The event's name, "message" when it was sent without one. */
  readonly event: string;
  /** The last id that was sent, empty before the first. */
  readonly id: string;
}

/** An event before its data is read as JSON. */
export interface RawEvent {
  readonly data: string | undefined;
  readonly event: string;
  readonly id: string;
  /** Milliseconds to wait before connecting again, as last sent. */
  readonly retry: number | undefined;
}

type Bytes = ReadableStream<Uint8Array>;

/** The lines of a text; LF, CR and CRLF end one when `anyEnd` is set, otherwise LF alone. The last one may have no end. */
async function* readLines(body: Bytes, anyEnd: boolean): AsyncGenerator<{ line: string; isEnded: boolean }> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      let start = 0;
      for (;;) {
        const end = findEnd(rest, start, { anyEnd, isLast: done });
        if (end === undefined) break;
        yield { line: rest.slice(start, end.at), isEnded: true };
        start = end.next;
      }
      rest = rest.slice(start);
      if (done) break;
    }
    if (rest !== "") yield { line: rest, isEnded: false };
  } finally {
    // Who stops in the middle tells the server so.
    await reader.cancel().catch(() => {});
  }
}

/** A CR at the end of what has come may be half of a CRLF. */
function findEnd(
  text: string,
  from: number,
  { anyEnd, isLast }: { readonly anyEnd: boolean; readonly isLast: boolean },
): { readonly at: number; readonly next: number } | undefined {
  const feed = text.indexOf("\n", from);
  const carriage = anyEnd ? text.indexOf("\r", from) : -1;
  if (carriage === -1 || (feed !== -1 && feed < carriage))
    return feed === -1 ? undefined : { at: feed, next: feed + 1 };
  if (carriage === text.length - 1 && !isLast) return undefined;
  return { at: carriage, next: text[carriage + 1] === "\n" ? carriage + 2 : carriage + 1 };
}

/** The values of JSON Lines. @throws SyntaxError for a line that is no JSON, such as one that was cut */
export async function* readJsonLines(body: Bytes): AsyncGenerator {
  for await (const { line } of readLines(body, false)) if (line.trim() !== "") yield JSON.parse(line);
}

/**
 * The events of a stream; one that its empty line does not end is none. An id or a time to retry after counts without data.
 * @throws Error at the event "stop" without data: the server stops, and the stream goes on where it is asked for again
 */
export async function* readEvents(body: Bytes, lastId = ""): AsyncGenerator<RawEvent> {
  let data: string[] = [];
  let event = "";
  let id = lastId;
  let knownId = lastId;
  let retry: number | undefined;
  for await (const { line, isEnded } of readLines(body, true)) {
    if (!isEnded) return;
    if (line === "") {
      const isNews = data.length > 0 || retry !== undefined || id !== knownId;
      knownId = id;
      if (isNews) yield { data: data.length === 0 ? undefined : data.join("\n"), event: event || "message", id, retry };
      if (event === "stop" && data.length === 0) throw new Error("The server stopped before its stream had ended.");
      data = [];
      event = "";
      retry = undefined;
      continue;
    }
    const [name, value] = splitField(line);
    if (name === "data") data.push(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\u0000")) id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) retry = Number(value);
  }
}

function splitField(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(":");
  if (colon === -1) return [line, ""];
  const start = line[colon + 1] === " " ? colon + 2 : colon + 1;
  return [line.slice(0, colon), line.slice(start)];
}

/** Server-sent events (HTML standard §9.2): what a handler may yield, and its text on the wire. */

import { ApusError } from "../errors/apus-error.ts";
import { encodeJson } from "./encode-json.ts";

export interface ServerEventInit {
  /** The name that listeners are added for; "message" when absent. */
  readonly event?: string;
  /** What the browser sends as `Last-Event-ID` when it connects again. */
  readonly id?: string;
  /** Milliseconds that the browser waits before it connects again. */
  readonly retry?: number;
  /** A line that clients ignore. */
  readonly comment?: string;
}

/** An event with more than its data. Data is sent as JSON. */
export class ServerEvent<Data = unknown> {
  readonly data: Data;
  readonly init: ServerEventInit;

  constructor(data: Data, init: ServerEventInit) {
    const { event: name, id, retry, comment } = init;
    if (name !== undefined && !isLine(name)) throw refuse("event", "one line of text");
    // A NUL would make browsers ignore the field (HTML standard §9.2.6).
    if (id !== undefined && !(isLine(id) && !id.includes("\u0000"))) throw refuse("id", "one line of text without NUL");
    if (retry !== undefined && !(Number.isSafeInteger(retry) && retry >= 0))
      throw refuse("retry", "a number of milliseconds");
    if (comment !== undefined && typeof comment !== "string") throw refuse("comment", "text");
    this.data = data;
    this.init = init;
  }
}

/**
 * An event to yield where `events` is declared: its data with a name, an id, a time to retry after, or a comment.
 * @throws ApusError APUS_BAD_OPTION for what would end its line
 */
export function event<Data>(data: Data, init: ServerEventInit = {}): ServerEvent<Data> {
  return new ServerEvent(data, init);
}

/** The lines of an event with their empty line. `data` is the validated one. */
export function encodeEvent(data: unknown, { event: name, id, retry, comment }: ServerEventInit = {}): string {
  let lines = comment === undefined ? "" : encodeComment(comment);
  if (name !== undefined) lines += `event: ${name}\n`;
  // JSON escapes every line end in its strings.
  if (data !== undefined) lines += `data: ${encodeJson(data)}\n`;
  if (id !== undefined) lines += `id: ${id}\n`;
  if (retry !== undefined) lines += `retry: ${retry}\n`;
  return `${lines}\n`;
}

/** Sent when there is nothing to say, so that nobody on the way takes the connection for dead. */
export const heartbeat = ":\n\n";

function encodeComment(comment: string): string {
  return comment
    .split(/\r\n|\r|\n/)
    .map((line) => `: ${line}\n`)
    .join("");
}

function isLine(value: unknown): boolean {
  return typeof value === "string" && !value.includes("\r") && !value.includes("\n");
}

function refuse(name: string, wanted: string): ApusError {
  return new ApusError("APUS_BAD_OPTION", `event() was given ${name}; it must be ${wanted}.`);
}

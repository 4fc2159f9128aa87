/** Messages as their schemas say: JSON in text frames where there is a schema, text and bytes as they are where there is none. */

import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { chain, type MaybePromise } from "../http/maybe-promise.ts";
import { encodeJson } from "../operation/encode-json.ts";
import { listIssues } from "../operation/to-response.ts";
import { jsonPointer } from "../parameters/json-pointer.ts";
import { parseJson } from "../parameters/parse-json.ts";
import type { Schema } from "../schema/schema.ts";
import { closeCode } from "../websocket/close-code.ts";
import type { DecodedMessage, MessageCodec, RawMessage } from "../websocket/typed-socket.ts";

export interface CodecParts {
  readonly send: Schema | undefined;
  readonly receive: Schema | undefined;
  /** For messages: "WEBSOCKET /chat/{room}". */
  readonly place: string;
}

export function buildCodec({ send, receive, place }: CodecParts): MessageCodec {
  return {
    decode: receive === undefined ? decodeRaw : (data, isBinary) => decodeValue(receive, data, isBinary),
    encode:
      send === undefined ? (message) => encodeRaw(message, place) : (message) => encodeValue(send, message, place),
  };
}

function decodeRaw(data: Uint8Array, isBinary: boolean): DecodedMessage {
  return { value: isBinary ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString() };
}

function decodeValue(schema: Schema, data: Uint8Array, isBinary: boolean): MaybePromise<DecodedMessage> {
  if (isBinary) return { code: closeCode.unsupported, reason: "Messages are JSON, in text frames." };
  let value: unknown;
  try {
    value = parseJson(data);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    const { detail = "", code } = error.problem;
    return { issues: [{ pointer: "", message: detail.replace(/^The body/, "The message"), code: String(code) }] };
  }
  return chain(schema.validate(value), ({ issues, value: valid }): DecodedMessage => {
    if (issues === undefined) return { value: valid };
    return { issues: issues.map(({ path, message, code }) => ({ pointer: jsonPointer(path), message, code })) };
  });
}

function encodeRaw(message: unknown, place: string): RawMessage {
  if (typeof message === "string" || message instanceof Uint8Array) return message;
  const words = `${place} sent what is neither text nor bytes: give it a "send" schema, and it sends JSON.`;
  throw new ApusError("APUS_INVALID_RESPONSE", words);
}

function encodeValue(schema: Schema, message: unknown, place: string): MaybePromise<RawMessage> {
  return chain(schema.validate(message), ({ issues, value }) => {
    if (issues === undefined) return encodeText(value, place);
    throw new ApusError("APUS_INVALID_RESPONSE", `${place} sent what its schema refuses: ${listIssues(issues)}`);
  });
}

function encodeText(value: unknown, place: string): string {
  try {
    return encodeJson(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ApusError("APUS_UNSERIALIZABLE", `${place} sent what JSON cannot carry: ${why}`, { cause });
  }
}

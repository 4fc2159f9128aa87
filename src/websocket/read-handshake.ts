/** Reads the opening handshake of a WebSocket (RFC 6455 §4.2) from an ordinary request; what is none is refused. */

import { createHash } from "node:crypto";
import { HttpError } from "../errors/http-error.ts";
import { isToken } from "../http/header-rules.ts";
import type { HttpRequest } from "../http/http-request.ts";
import { trimSpace } from "../http/trim-space.ts";

export interface Handshake {
  /** The value of `sec-websocket-accept`. */
  readonly accept: string;
  /** The subprotocols that the client offers, as it prefers them. */
  readonly protocols: readonly string[];
  /** The field `sec-websocket-extensions` as it was sent. */
  readonly extensions: string | undefined;
}

const keyForm = /^[A-Za-z0-9+/]{22}==$/;
const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const maxProtocols = 100;

/** @throws HttpError 426 for another request or version, 400 for a malformed handshake */
export function readHandshake({ method, headers }: HttpRequest): Handshake {
  const offered = readTokens(headers.get("upgrade"));
  if (
    method !== "GET" ||
    !offered.includes("websocket") ||
    !readTokens(headers.get("connection")).includes("upgrade")
  ) {
    throw new HttpError(426, { detail: "This path is a WebSocket." }, { headers: { upgrade: "websocket" } });
  }
  if (headers.get("sec-websocket-version") !== "13") {
    const fields = { upgrade: "websocket", "sec-websocket-version": "13" };
    throw new HttpError(426, { detail: "The only version of the WebSocket protocol is 13." }, { headers: fields });
  }
  const key = headers.get("sec-websocket-key") ?? "";
  if (!keyForm.test(key)) throw malformed("sec-websocket-key");
  return {
    accept: createHash("sha1").update(`${key}${magic}`).digest("base64"),
    protocols: readProtocols(headers.get("sec-websocket-protocol")),
    extensions: headers.get("sec-websocket-extensions"),
  };
}

function readTokens(field: string | undefined): readonly string[] {
  return field === undefined ? [] : field.split(",").map((part) => trimSpace(part).toLowerCase());
}

function readProtocols(field: string | undefined): readonly string[] {
  if (field === undefined) return [];
  const names = field.split(",", maxProtocols + 1).map(trimSpace);
  const isList = names.length <= maxProtocols && names.every(isToken) && new Set(names).size === names.length;
  if (!isList) throw malformed("sec-websocket-protocol");
  return names;
}

/** The refusal of a handshake whose field has another form than the protocol's. */
export function malformed(field: string): HttpError {
  return new HttpError(400, { detail: `The field ${field} of the handshake is malformed.` });
}

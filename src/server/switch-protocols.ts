/** Hands a connection over to another protocol: writes the head of the 101, and lets go of the socket (RFC 9110 §7.8). */

import type { Socket } from "node:net";
import { HttpError } from "../errors/http-error.ts";
import type { HttpResponse } from "../http/http-response.ts";
import { answerCut } from "./departure.ts";
import { encodeFields, encodeStatusLine } from "./encode-response-head.ts";
import { buildProblem } from "./problem-response.ts";

/**
 * `rest` is what the client has sent behind its request. Nobody listens to the socket's data when it is handed over.
 * @throws Error for a field that would break out of its line, and what the taker throws
 */
export function switchProtocols(socket: Socket, { headers, finished, upgrade }: HttpResponse, rest: Uint8Array): void {
  socket.write(`${encodeStatusLine(101)}connection: upgrade\r\n${encodeFields(headers)}\r\n`, "latin1");
  // As if nobody had ever listened: the next listener makes it flow.
  Object.assign(socket, { readableFlowing: null });
  finished?.();
  upgrade?.(socket, rest);
}

/** The answer in its place to a client that has not offered another protocol, or is sending something else (RFC 9110 §15.5.22). */
export function refuseSwitch({ headers, finished }: HttpResponse): HttpResponse {
  finished?.(answerCut());
  const problem = buildProblem(new HttpError(426, "This answer needs a connection that changes its protocol."));
  return { ...problem, headers: [...problem.headers, ...headers.filter(([name]) => name === "upgrade")] };
}

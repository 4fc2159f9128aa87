/** A request as the engine on `node:net` gives it to the framework. */

import type { Socket } from "node:net";
import type { HttpRequest, RequestBody, RequestHeaders } from "../http/http-request.ts";
import { answerCut } from "./departure.ts";
import type { RequestHead } from "./request-head.ts";

/** Who sent a request, and how. */
export interface NetPeer {
  readonly socket: Socket;
  readonly scheme: string;
}

export class NetRequest implements HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: RequestHeaders;
  readonly body: RequestBody;
  readonly scheme: string;
  readonly mountPath = "";
  readonly #peer: NetPeer;
  #controller: AbortController | undefined = undefined;
  #hasLeft = false;

  constructor(head: RequestHead, body: RequestBody, peer: NetPeer) {
    this.method = head.method;
    this.path = head.path;
    this.query = head.query;
    this.headers = head;
    this.body = body;
    this.scheme = peer.scheme;
    this.#peer = peer;
  }

  get remoteAddress(): string {
    return this.#peer.socket.remoteAddress ?? "";
  }

  /** Made only when somebody asks for it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#hasLeft) this.#controller.abort(answerCut());
    }
    return this.#controller.signal;
  }

  /** Called by the connection when the client has gone before the answer was complete. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#controller?.abort(answerCut());
  }
}

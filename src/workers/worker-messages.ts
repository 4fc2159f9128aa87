/** What the main thread and a worker say to each other. A worker runs one call at a time. */

import { fileURLToPath } from "node:url";
import type { EncodedThrown } from "./encode-thrown.ts";

/** What is to be run: a registered function of a module, or an export of a file. */
export interface CallTarget {
  readonly url: string;
  readonly name: string;
  readonly isExport: boolean;
}

/** What a worker is told of the request that a call belongs to. */
export interface RequestFacts {
  readonly requestId: string;
  readonly traceId: string | undefined;
  readonly route: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly mountPath: string;
  readonly scheme: string;
  /** Header lines of the trace and the request id; no others cross over. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** In milliseconds since the epoch: clocks of threads begin at different times. */
  readonly deadline: number | undefined;
}

export interface CallMessage {
  readonly kind: "call";
  readonly id: number;
  readonly target: CallTarget;
  readonly args: readonly unknown[];
  /** Positions of arguments that were a `Buffer`. */
  readonly buffers: readonly number[] | undefined;
  readonly request: RequestFacts | undefined;
  /** The worker may have to load the module; then it says when the function begins. */
  readonly isCold: boolean;
}

export type ToWorker =
  | CallMessage
  | { readonly kind: "load"; readonly id: number; readonly urls: readonly string[] }
  /** The caller has given up. */
  | { readonly kind: "abort"; readonly id: number; readonly reason: EncodedThrown }
  /** So many more items may be sent. */
  | { readonly kind: "pull"; readonly id: number; readonly count: number };

export type FromWorker =
  /** The module is loaded, the function begins; only said for a cold call. */
  | { readonly kind: "started"; readonly id: number }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown; readonly wasBuffer: boolean }
  | { readonly kind: "failed"; readonly id: number; readonly thrown: EncodedThrown }
  /** The result is an iterable: items follow, then "result" or "failed". */
  | { readonly kind: "stream"; readonly id: number }
  | { readonly kind: "item"; readonly id: number; readonly value: unknown; readonly wasBuffer: boolean }
  /** A module that was loaded has told an app to listen. */
  | { readonly kind: "listened" };

/** Items that a worker may be ahead of whoever reads them. */
export const itemWindow = 8;

/** A module, for messages. */
export function showUrl(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url) : url;
}

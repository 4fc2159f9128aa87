/** Values on their way to another thread: buffers stay buffers, and what is marked is moved instead of copied. */

import type { Transferable } from "node:worker_threads";

/** A value ready to be sent. */
export interface Parcel {
  readonly value: unknown;
  /** Structured cloning makes a `Uint8Array` of a `Buffer`. */
  readonly wasBuffer: boolean;
}

const moved = new WeakMap<object, readonly Transferable[]>();

/** Marks what a value that leaves this worker is to take along instead of copying it. */
export function markMoved<T extends object>(value: T, parts: readonly Transferable[]): T {
  moved.set(value, parts);
  return value;
}

export function movedParts(value: unknown): readonly Transferable[] {
  return (typeof value === "object" && value !== null && moved.get(value)) || [];
}

/**
 * A `Buffer` is often a window into memory that others use as well, and cloning copies all of it:
 * then it is copied alone, and the copy, added to `transfer`, is moved.
 */
export function packValue(value: unknown, transfer: Transferable[]): Parcel {
  if (!Buffer.isBuffer(value)) return { value, wasBuffer: false };
  const { buffer } = value;
  const isAlone = value.byteLength === buffer.byteLength;
  if (isAlone || buffer instanceof SharedArrayBuffer || transfer.includes(buffer)) return { value, wasBuffer: true };
  const copy = new Uint8Array(value);
  transfer.push(copy.buffer);
  return { value: copy, wasBuffer: true };
}

export function unpackValue({ value, wasBuffer }: Parcel): unknown {
  return wasBuffer ? asBuffer(value) : value;
}

/** The arguments of a call, and the positions of those that were a `Buffer`. */
export function packArguments(
  given: readonly unknown[],
  transfer: Transferable[],
): { readonly args: readonly unknown[]; readonly buffers: readonly number[] | undefined } {
  if (!given.some((value) => Buffer.isBuffer(value))) return { args: given, buffers: undefined };
  const parcels = given.map((value) => packValue(value, transfer));
  const buffers = parcels.flatMap(({ wasBuffer }, position) => (wasBuffer ? [position] : []));
  return { args: parcels.map(({ value }) => value), buffers };
}

export function unpackArguments(args: readonly unknown[], buffers: readonly number[] | undefined): readonly unknown[] {
  if (buffers === undefined) return args;
  return args.map((value, position) => (buffers.includes(position) ? asBuffer(value) : value));
}

function asBuffer(value: unknown): unknown {
  if (!(value instanceof Uint8Array) || Buffer.isBuffer(value)) return value;
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** The codes and reasons that connections are closed with (RFC 6455 §7.4). */

import { ApusError } from "../errors/apus-error.ts";

/** Codes that this side closes with by itself; those from 3000 to 4999 are the application's. */
export const closeCode = {
  normal: 1000,
  goingAway: 1001,
  unsupported: 1003,
  invalid: 1007,
  policy: 1008,
  failure: 1011,
  tryLater: 1013,
} as const;

/** A control frame has room for 125 bytes, two of them for the code. */
const maxReasonBytes = 123;

/** @throws ApusError APUS_BAD_OPTION for a code that must not be sent, and for a reason that is no text or too long */
export function checkClose(code: unknown, reason: unknown): void {
  const isCode =
    Number.isInteger(code) &&
    ((Number(code) >= 1000 && Number(code) <= 1014 && ![1004, 1005, 1006].includes(Number(code))) ||
      (Number(code) >= 3000 && Number(code) <= 4999));
  if (!isCode) {
    const message = `close() was given the code ${String(code)}: use 1000, another registered one, or one from 3000 to 4999.`;
    throw new ApusError("APUS_BAD_OPTION", message);
  }
  if (typeof reason === "string" && Buffer.byteLength(reason) <= maxReasonBytes) return;
  throw new ApusError(
    "APUS_BAD_OPTION",
    `The reason given to close() must be text of at most ${maxReasonBytes} bytes.`,
  );
}

/** As much of a text as a reason has room for, whole characters only. */
export function shortenReason(text: string): string {
  if (Buffer.byteLength(text) <= maxReasonBytes) return text;
  let end = 0;
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxReasonBytes - 3) break;
    end += character.length;
  }
  return `${text.slice(0, end)}…`;
}

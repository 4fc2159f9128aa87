/** Finds the place in the user's program that called into the framework. */

import { fileURLToPath } from "node:url";

const ownRoot = new URL("../", import.meta.url).href;

/** `file:line` of the nearest caller outside the framework's own modules; "unknown place" when there is none. */
export function findCaller(): string {
  const holder: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 12;
  Error.captureStackTrace(holder, findCaller);
  Error.stackTraceLimit = stackTraceLimit;
  for (const line of holder.stack?.split("\n").slice(1) ?? []) {
    const place = /\(?((?:file:|\/)[^()]*):(\d+):\d+\)?$/.exec(line);
    if (place?.[1] === undefined || isOwn(place[1])) continue;
    const path = place[1].startsWith("file:") ? fileURLToPath(place[1]) : place[1];
    return `${path}:${place[2]}`;
  }
  return "unknown place";
}

function isOwn(url: string): boolean {
  return url.startsWith(ownRoot) && !url.endsWith(".test.ts");
}

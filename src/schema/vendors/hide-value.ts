/** Keeps rejected values out of messages that somebody else wrote. */

const hidden = "does not fit the schema";
const maximumLength = 300;
const maximumLeaves = 200;
const shownLength = 4;

/** The message, or a general one when it is too long to be checked or seems to quote any text or number of the value. */
export function hideValue(message: string, value: unknown): string {
  if (message.length > maximumLength) return hidden;
  const leaves: string[] = [];
  const isComplete = collectLeaves(value, leaves);
  const isQuoted = (leaf: string): boolean =>
    leaf.length >= 3 &&
    (message.includes(leaf.slice(0, shownLength)) || message.includes(JSON.stringify(leaf).slice(1, 1 + shownLength)));
  return !isComplete || leaves.some(isQuoted) ? hidden : message;
}

function collectLeaves(value: unknown, leaves: string[]): boolean {
  const pending = [value];
  for (let count = 0; pending.length > 0; count++) {
    if (count >= maximumLeaves) return false;
    const next = pending.pop();
    if (typeof next === "string") leaves.push(next);
    else if (typeof next === "number" || typeof next === "bigint") leaves.push(String(next));
    else if (typeof next === "object" && next !== null) {
      const children = Object.values(next);
      if (children.length > maximumLeaves) return false;
      pending.push(...children);
    }
  }
  return true;
}

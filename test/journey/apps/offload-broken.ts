/** A module that cannot be loaded. */

export const never: number = Number.isNaN(threadId()) ? 1 : 2;

function threadId(): number {
  throw new Error("this module cannot be loaded");
}

/** Files and functions that may pass a size limit, each with its reason; this list may only shrink. */

import type { SizeException } from "./sizes.ts";

/** `name` is the function's name; a file's own length and an anonymous function have none. */
export const sizeExceptions: readonly SizeException[] = [];

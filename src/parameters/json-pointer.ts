/** Writes JSON Pointers (RFC 6901). */

/** The pointer to a place: "" for the root, "/a~1b/0" for `["a/b", 0]`. */
export function jsonPointer(path: readonly (string | number)[]): string {
  let pointer = "";
  for (const segment of path) {
    pointer += typeof segment === "number" ? `/${segment}` : `/${segment.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  }
  return pointer;
}

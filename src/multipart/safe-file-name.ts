/** Makes a name for a file out of what a client sent: the last segment, without what a file system or a reader could stumble over. */

/** Bytes that common file systems allow for one name. */
const maxBytes = 255;
/** Longer endings are no file extensions. */
const maxExtension = 16;

const fallback = "unnamed";
const deviceNames: ReadonlySet<string> = new Set([
  "con",
  "prn",
  "aux",
  "nul",
  ...Array.from({ length: 9 }, (_, index) => `com${index + 1}`),
  ...Array.from({ length: 9 }, (_, index) => `lpt${index + 1}`),
]);
const reserved: ReadonlySet<string> = new Set('<>:"|?*');

/**
 * Never empty, never a path, never hidden, at most 255 bytes, without control and direction characters.
 * Two clients may send the same name: it says what a file is called, not where it can be kept.
 */
export function buildSafeFileName(sent: string): string {
  const last = Math.max(sent.lastIndexOf("/"), sent.lastIndexOf("\\"));
  const visible = Array.from(sent.slice(last + 1).normalize("NFC"), replaceCharacter).join("");
  const trimmed = trimEnds(visible);
  if (trimmed === "") return fallback;
  const dot = trimmed.indexOf(".");
  const stem = (dot === -1 ? trimmed : trimmed.slice(0, dot)).trimEnd().toLowerCase();
  return shorten(trimmed.startsWith(".") || deviceNames.has(stem) ? `_${trimmed}` : trimmed);
}

function replaceCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029;
  const turnsAround = (code >= 0x200e && code <= 0x200f) || (code >= 0x202a && code <= 0x202e);
  if (isControl || turnsAround || (code >= 0x2066 && code <= 0x2069) || code === 0xfeff) return "";
  return reserved.has(character) ? "_" : character;
}

/** Windows drops dots and spaces at the end, so that two names would be one. */
function trimEnds(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === "." || name[end - 1] === " ")) end -= 1;
  return name.slice(0, end).trimStart();
}

/** Cuts in front of the extension, between characters. */
function shorten(name: string): string {
  if (Buffer.byteLength(name) <= maxBytes) return name;
  const dot = name.lastIndexOf(".");
  const hasExtension = dot > 0 && Buffer.byteLength(name) - Buffer.byteLength(name.slice(0, dot)) <= maxExtension;
  const extension = hasExtension ? name.slice(dot) : "";
  let room = maxBytes - Buffer.byteLength(extension);
  let stem = "";
  for (const character of hasExtension ? name.slice(0, dot) : name) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    stem += character;
  }
  return stem + extension;
}

/** Tells the media type of a file by its first bytes, whatever its sender says of it. */

/** How many of the first bytes are looked at. */
export const signatureBytes = 64;

interface Signature {
  readonly type: string;
  /** Texts of one character a byte, by offset. */
  readonly marks: readonly (readonly [offset: number, text: string])[];
}

const signatures: readonly Signature[] = [
  { type: "image/png", marks: [[0, "\x89PNG\r\n\x1a\n"]] },
  { type: "image/jpeg", marks: [[0, "\xff\xd8\xff"]] },
  { type: "image/gif", marks: [[0, "GIF87a"]] },
  { type: "image/gif", marks: [[0, "GIF89a"]] },
  {
    type: "image/webp",
    marks: [
      [0, "RIFF"],
      [8, "WEBP"],
    ],
  },
  {
    type: "image/bmp",
    marks: [
      [0, "BM"],
      [6, "\0\0\0\0"],
    ],
  },
  { type: "image/tiff", marks: [[0, "II*\0"]] },
  { type: "image/tiff", marks: [[0, "MM\0*"]] },
  { type: "image/x-icon", marks: [[0, "\0\0\x01\0"]] },
  { type: "image/avif", marks: [[4, "ftypavif"]] },
  { type: "image/heic", marks: [[4, "ftypheic"]] },
  { type: "image/heic", marks: [[4, "ftypheix"]] },
  { type: "image/heif", marks: [[4, "ftypmif1"]] },
  { type: "video/quicktime", marks: [[4, "ftypqt  "]] },
  { type: "audio/mp4", marks: [[4, "ftypM4A "]] },
  { type: "video/mp4", marks: [[4, "ftyp"]] },
  {
    type: "video/x-msvideo",
    marks: [
      [0, "RIFF"],
      [8, "AVI "],
    ],
  },
  {
    type: "audio/wav",
    marks: [
      [0, "RIFF"],
      [8, "WAVE"],
    ],
  },
  { type: "audio/mpeg", marks: [[0, "ID3\x03"]] },
  { type: "audio/mpeg", marks: [[0, "ID3\x04"]] },
  { type: "audio/mpeg", marks: [[0, "\xff\xfb"]] },
  { type: "audio/mpeg", marks: [[0, "\xff\xf3"]] },
  { type: "audio/flac", marks: [[0, "fLaC"]] },
  { type: "audio/ogg", marks: [[0, "OggS"]] },
  { type: "application/pdf", marks: [[0, "%PDF-"]] },
  { type: "application/zip", marks: [[0, "PK\x03\x04"]] },
  { type: "application/zip", marks: [[0, "PK\x05\x06"]] },
  { type: "application/gzip", marks: [[0, "\x1f\x8b"]] },
  { type: "application/zstd", marks: [[0, "\x28\xb5\x2f\xfd"]] },
  { type: "application/x-7z-compressed", marks: [[0, "7z\xbc\xaf\x27\x1c"]] },
  { type: "application/vnd.rar", marks: [[0, "Rar!\x1a\x07"]] },
  { type: "application/wasm", marks: [[0, "\0asm"]] },
  { type: "font/woff", marks: [[0, "wOFF"]] },
  { type: "font/woff2", marks: [[0, "wOF2"]] },
  { type: "application/x-elf", marks: [[0, "\x7fELF"]] },
  { type: "application/vnd.microsoft.portable-executable", marks: [[0, "MZ\x90\0"]] },
];

const matroska = "\x1a\x45\xdf\xa3";

/** The types that `detectType` can give. */
export const knownTypes: ReadonlySet<string> = new Set([
  ...signatures.map(({ type }) => type),
  "video/webm",
  "video/x-matroska",
]);

/** The type of a file that begins with these bytes; undefined when they are of no known type, as those of texts are. */
export function detectType(head: Uint8Array): string | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, signatureBytes)).toString("latin1");
  if (text.startsWith(matroska)) return text.includes("webm") ? "video/webm" : "video/x-matroska";
  return signatures.find(({ marks }) => marks.every(([offset, mark]) => text.startsWith(mark, offset)))?.type;
}

/** Whether bytes can be the beginning of a text in UTF-8: no NUL, no malformed sequence but one that is cut at the end. */
export function looksLikeText(head: Uint8Array): boolean {
  if (head.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

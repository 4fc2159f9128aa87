/** Writes a form as `multipart/form-data` whose size is known, its files as they are (HTML standard §4.10.21.7). Runs in browsers. */

export interface EncodedMultipart {
  readonly parts: readonly (Uint8Array | Blob)[];
  /** With the boundary. */
  readonly mediaType: string;
}

const encoder = new TextEncoder();

export function encodeMultipart(form: FormData): EncodedMultipart {
  // Random, so that no content has it.
  const boundary = `----apus-${crypto.randomUUID()}`;
  const parts: (Uint8Array | Blob)[] = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(toLines(name))}"`;
    if (typeof value === "string") {
      parts.push(encoder.encode(`${head}\r\n\r\n${toLines(value)}\r\n`));
      continue;
    }
    const type = value.type === "" ? "application/octet-stream" : value.type;
    const fileName = escapeName(value.name);
    parts.push(encoder.encode(`${head}; filename="${fileName}"\r\nContent-Type: ${type}\r\n\r\n`), value);
    parts.push(encoder.encode("\r\n"));
  }
  parts.push(encoder.encode(`--${boundary}--\r\n`));
  return { parts, mediaType: `multipart/form-data; boundary=${boundary}` };
}

/** Lines end with CRLF in a form. */
function toLines(text: string): string {
  return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").replaceAll("\n", "\r\n");
}

function escapeName(name: string): string {
  return name.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}

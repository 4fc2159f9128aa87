/** The `content-disposition` field (RFC 6266): whether an answer is shown or saved, and under which name. */

/** Shown by the browser where it can, or saved. */
export type Disposition = "inline" | "attachment";

const longestName = 200;
const longestEnding = 20;

/**
 * The field's value for a name that may come from anybody: no character of it leaves the field, names a folder or
 * turns the direction of writing. Names that are not plain ASCII are sent in both forms (RFC 8187).
 */
export function buildDisposition(disposition: Disposition, name?: string): string {
  if (name === undefined) return disposition;
  const clean = cleanName(name);
  const plain = clean.replaceAll(/[^\u0020-\u007e]|["\\%]/gu, "_");
  const field = `${disposition}; filename="${plain}"`;
  return plain === clean ? field : `${field}; filename*=UTF-8''${encodeName(clean)}`;
}

/** Without control and format characters, and without the separators of folders; never empty, "." or "..". */
function cleanName(name: string): string {
  const visible = name
    .slice(0, 10_000)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "");
  const short = shorten(Array.from(visible));
  const clean = short.replaceAll(/[/\\]/g, "_").trim();
  return /^\.*$/.test(clean) ? "download" : clean;
}

/** Keeps the ending, by which systems choose who opens the file. */
function shorten(characters: readonly string[]): string {
  if (characters.length <= longestName) return characters.join("");
  const dot = characters.lastIndexOf(".");
  const ending = dot < 1 || characters.length - dot > longestEnding ? [] : characters.slice(dot);
  return [...characters.slice(0, longestName - ending.length), ...ending].join("");
}

/** `ext-value` (RFC 8187 §3.2) allows less than a URL does. */
function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

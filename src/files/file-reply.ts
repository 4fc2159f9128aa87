/** `file()`: an answer with a file, whole or the ranges that the client asks for, or 304 when it has it already. */

import { ApusError } from "../errors/apus-error.ts";
import { HttpError } from "../errors/http-error.ts";
import { checkHeaderValue } from "../http/header-rules.ts";
import type { HeaderLine } from "../http/http-response.ts";
import { CheckedOptions } from "../errors/checked-options.ts";
import { isEntityTag } from "../middleware/entity-tags.ts";
import { Reply, type ReplyInit } from "../operation/reply.ts";
import { buildDisposition, type Disposition } from "./content-disposition.ts";
import { findContentType } from "./content-types.ts";
import { buildFileResponse } from "./file-response.ts";
import { openFile, type OpenFile } from "./open-file.ts";
import { readOwnLines } from "./own-lines.ts";
import { parseNames } from "./static-path.ts";
import { StaticFolder, toPath } from "./static-folder.ts";

export interface FileOptions extends ReplyInit {
  /** The path is one inside of this folder: set it whenever a part of the path comes from a client. */
  readonly folder?: string | URL;
  /** The name under which a browser saves the file; it may come from anybody. Without `disposition` it makes the file one to save. */
  readonly name?: string;
  /** The media type; by default what the ending of `name`, or else of the path, stands for. */
  readonly type?: string;
  /** Whether a browser shows the file or saves it. Files of users are safe to show only from an origin of their own. */
  readonly disposition?: Disposition;
  /** The `cache-control` field, such as "private, max-age=60"; by default it is not sent. */
  readonly cache?: string;
  /** A tag of your own, in double quotes, or false for none; by default it is made of size and date. */
  readonly etag?: string | false;
  /** Makes a file that is missing a failure of the server (500, logged), not a 404. Default false. */
  readonly required?: boolean;
}

const optionNames: readonly string[] = [
  "folder",
  "name",
  "type",
  "disposition",
  "cache",
  "etag",
  "required",
  "headers",
  "cookies",
] satisfies readonly (keyof FileOptions)[];

/**
 * Answers with a file that is opened once and sent from that descriptor: ranges, conditions and HEAD included.
 * What is no regular file is a 404. Relative paths begin at `folder`, or at the working directory.
 * @throws ApusError APUS_BAD_OPTION, APUS_INVALID_HEADER
 */
export function file(path: string | URL, options: FileOptions = {}): Reply {
  checkOptions(path, options);
  const { folder, name, type = findContentType(name ?? String(path)), cache, etag, required = false } = options;
  const own = readOwnLines("file", options);
  const headers: readonly HeaderLine[] = cache === undefined ? own : [...own, ["cache-control", cache]];
  const disposition = options.disposition ?? (name === undefined ? undefined : "attachment");
  const contentHeaders: readonly HeaderLine[] =
    disposition === undefined ? [] : [["content-disposition", buildDisposition(disposition, name)]];
  return new Reply(200, {
    kind: "lazy",
    async respond(context) {
      const opened = await (folder === undefined ? openFile(toPath(path)) : openInside(folder, String(path)));
      if (opened === undefined || opened.isFolder) {
        await opened?.close();
        if (required) throw new Error(`file() was given ${JSON.stringify(String(path))}, where there is no file.`);
        throw new HttpError(404, { detail: "There is no such file." });
      }
      return buildFileResponse(context, { file: opened, type, etag, headers, contentHeaders });
    },
  });
}

async function openInside(folder: string | URL, path: string): Promise<OpenFile | undefined> {
  const parsed = parseNames(path);
  if (parsed === undefined || parsed.isFolder) return undefined;
  return new StaticFolder(folder, { dotfiles: "ignore", symlinks: "inside" }).open(parsed.names);
}

function checkOptions(path: string | URL, options: FileOptions): void {
  const check = new CheckedOptions("file", options, optionNames);
  check.oneOf("disposition", ["inline", "attachment"]);
  check.kind("required", "boolean");
  const { type, cache, etag, folder } = options;
  if (type !== undefined) checkHeaderValue("content-type", type);
  if (cache !== undefined) checkHeaderValue("cache-control", cache);
  if (typeof etag === "string" && !isEntityTag(etag)) check.refuse("etag", `in double quotes, such as '"v1"'`);
  const isPath = typeof path === "string" ? path !== "" : folder === undefined && path.protocol === "file:";
  if (isPath) return;
  const wanted = folder === undefined ? "a path, or a URL that begins with file:" : "a path below folder, as text";
  throw new ApusError("APUS_BAD_OPTION", `file() needs ${wanted}.`);
}

/** A whole answer of an upstream: its status, its fields, and its content as bytes, text or JSON by a schema. */

import { parseMediaType } from "../http/media-type.ts";
import { parseJson } from "../parameters/parse-json.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { SchemaIssue } from "../schema/schema.ts";
import type { AnySchema, InferOutput } from "../schema/standard-schema.ts";
import type { AnswerHeaders } from "./answer-headers.ts";
import { UpstreamError } from "./upstream-error.ts";

export interface AnswerParts {
  readonly upstream: string;
  readonly url: string;
  readonly status: number;
  readonly headers: AnswerHeaders;
  readonly bytes: Uint8Array;
}

/** More of them would only make a log line long. */
const shownIssues = 10;

export class UpstreamAnswer {
  readonly status: number;
  readonly headers: AnswerHeaders;
  /** Where it came from, behind redirects. */
  readonly url: string;
  /** The content, decoded. */
  readonly bytes: Uint8Array;
  readonly #upstream: string;

  constructor(parts: AnswerParts) {
    this.status = parts.status;
    this.headers = parts.headers;
    this.url = parts.url;
    this.bytes = parts.bytes;
    this.#upstream = parts.upstream;
  }

  /** Whether the status is from 200 to 299. */
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  /** The content as text, by the charset that it was sent with; UTF-8 when there is none, or one that is not known. */
  text(): string {
    const charset = parseMediaType(this.headers.get("content-type") ?? "")?.parameters.get("charset") ?? "utf-8";
    try {
      return new TextDecoder(charset).decode(this.bytes);
    } catch {
      return new TextDecoder().decode(this.bytes);
    }
  }

  /**
   * The content as JSON, validated when there is a schema.
   * @throws UpstreamError "json" or "schema", whose cause says where.
   */
  json(): Promise<unknown>;
  json<Schema extends AnySchema>(schema: Schema): Promise<InferOutput<Schema>>;
  async json(schema?: AnySchema): Promise<unknown> {
    if (schema === undefined) return this.#parse();
    const compiled = await compileSchema(schema);
    const result = await compiled.validate(this.bytes.length === 0 ? undefined : this.#parse());
    if (result.issues === undefined) return result.value;
    throw this.#refuse("schema", new Error(`${this.#place()} does not fit: ${listIssues(result.issues)}`));
  }

  /** The error for a status that the call does not allow. */
  refuseStatus(): UpstreamError {
    const cause = new Error(`${this.#place()} has the status ${this.status}.`);
    return new UpstreamError("status", { upstream: this.#upstream, answer: this, cause });
  }

  /** No schema sees what `JSON.parse` alone would take: the same strict reading as of a request's body. */
  #parse(): unknown {
    try {
      return parseJson(withoutMark(this.bytes));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw this.#refuse("json", new Error(`${this.#place()} is no JSON. ${reason}`));
    }
  }

  /** Without the query, which may hold what no log should. */
  #place(): string {
    const end = this.url.indexOf("?");
    return `The answer of ${end === -1 ? this.url : this.url.slice(0, end)}`;
  }

  #refuse(kind: "json" | "schema", cause: Error): UpstreamError {
    return new UpstreamError(kind, { upstream: this.#upstream, cause });
  }
}

function listIssues(issues: readonly SchemaIssue[]): string {
  const shown = issues.slice(0, shownIssues).map(({ path, message }) => `/${path.join("/")} ${message}`);
  const rest = issues.length - shown.length;
  // Keys of the answer may be as long as the answer.
  return `${shown.join("; ").slice(0, 1000)}${rest > 0 ? `; and ${rest} more` : ""}`;
}

/** Parsers may ignore a byte order mark (RFC 8259 §8.1), and some services send one. */
function withoutMark(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

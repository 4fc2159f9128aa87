/** One security scheme without an app around it: what it makes of a request, and how it refuses one. */

import assert from "node:assert/strict";
import type { AnyDependency } from "../../src/dependencies/dependency.ts";
import { HttpError } from "../../src/errors/http-error.ts";
import { createLogger, type LogRecord } from "../../src/log/logger.ts";
import type { VerifyTools } from "../../src/security/scheme.ts";
import { buildRequest, type PlainRequestParts } from "./one-middleware.ts";

/** What happened to a request. */
export interface SchemeRun {
  readonly value?: unknown;
  readonly error?: HttpError;
  readonly records: readonly LogRecord[];
}

/** Runs a scheme for a request, with the scopes that are asked for; errors other than HttpError are thrown. */
export async function runAlone(
  scheme: AnyDependency,
  parts: PlainRequestParts = {},
  scopes: readonly string[] = scheme.scopes,
): Promise<SchemeRun> {
  const records: LogRecord[] = [];
  const request = buildRequest(parts);
  const log = createLogger((record) => records.push(record), "debug");
  const provide = scheme.provide as (tools: VerifyTools) => unknown;
  try {
    return { value: await provide({ request, scopes, log, signal: request.signal }), records };
  } catch (error) {
    if (error instanceof HttpError) return { error, records };
    throw error;
  }
}

/** The headers of a request with these credentials. */
export function authorize(credentials: string | readonly string[]): PlainRequestParts {
  return { headers: { authorization: credentials } };
}

/** The headers of a request with user name and password. */
export function authorizeBasic(username: string, password: string): PlainRequestParts {
  return authorize(`Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`);
}

/** Status and challenge of a refusal. */
export async function refusalBy(
  scheme: AnyDependency,
  parts: PlainRequestParts,
  scopes?: readonly string[],
): Promise<readonly [status: number, challenge: string | undefined]> {
  const { error, value } = await runAlone(scheme, parts, scopes);
  assert.ok(error !== undefined, `nothing was refused; the value is ${JSON.stringify(value)}`);
  return [error.status, error.headers["www-authenticate"]];
}

/** The refusal of an option: what names the factory, the option and what would be right. */
export function badOption(pattern: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Error && "code" in error && error.code === "APUS_BAD_OPTION", String(error));
    assert.match(error.message, pattern);
    return true;
  };
}

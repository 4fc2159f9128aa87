/** Builds the URL and the fetch settings of one call from a template and inputs by place. Runs in browsers. */

import { encodeBody, encodePairs, encodeScalar, type BodyInput } from "./encode-body.ts";
import { prepareBody, type SendSettings } from "./send-body.ts";

export interface CallInput extends BodyInput, SendSettings {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: Readonly<Record<string, unknown>>;
  readonly extraHeaders?: Readonly<Record<string, string>>;
}

export interface CallTarget {
  readonly baseUrl: string;
  readonly method: string;
  readonly template: string;
  readonly headers: Readonly<Record<string, string>>;
}

const placeholder = /\{([A-Za-z_][A-Za-z0-9_]*)(?::([A-Za-z_][A-Za-z0-9_-]*))?\}/g;

/** @throws TypeError when a path parameter is missing, or would change the path. */
export function buildUrl({ baseUrl, template }: CallTarget, input: CallInput): string {
  const path = template.replace(placeholder, (_whole, name: string, kind: string | undefined) => {
    const value = input.path?.[name];
    if (value === undefined || value === null || value === "")
      throw new TypeError(`The call to ${template} has no path.${name}.`);
    const segments = kind === "path" ? encodeScalar(value).split("/") : [encodeScalar(value)];
    if (segments.some((segment) => segment === "." || segment === "..")) {
      throw new TypeError(`path.${name} of the call to ${template} would leave its place in the path.`);
    }
    return segments.map(encodeURIComponent).join("/");
  });
  const query = encodePairs(input.query ?? {}).toString();
  return `${baseUrl.replace(/\/$/, "")}${path}${query === "" ? "" : `?${query}`}`;
}

/** @throws TypeError for a body that cannot be written; for rows once it is their turn. */
export async function buildInit(target: CallTarget, input: CallInput): Promise<RequestInit> {
  const headers = new Headers(target.headers);
  if (!headers.has("accept")) headers.set("accept", "application/json, application/problem+json");
  for (const [name, value] of Object.entries(input.headers ?? {})) {
    if (value === undefined) continue;
    for (const line of Array.isArray(value) ? value : [value]) headers.append(name, encodeScalar(line));
  }
  const cookies = Object.entries(input.cookies ?? {}).filter(([, value]) => value !== undefined);
  if (cookies.length > 0) {
    headers.set(
      "cookie",
      cookies.map(([name, value]) => `${name}=${encodeURIComponent(encodeScalar(value))}`).join("; "),
    );
  }
  for (const [name, value] of Object.entries(input.extraHeaders ?? {})) headers.set(name, value);
  const init: RequestInit = { method: target.method, headers };
  if (input.signal !== undefined) init.signal = input.signal;
  const encoded = encodeBody(input);
  if (encoded === undefined) return init;
  const { mediaType, ...sent } = await prepareBody(encoded, input);
  // The boundary of a form is known only here.
  const isSaid = headers.has("content-type") && mediaType?.startsWith("multipart/") !== true;
  if (mediaType !== undefined && !isSaid) headers.set("content-type", mediaType);
  return Object.assign(init, sent);
}

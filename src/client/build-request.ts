/** Builds the URL and the fetch settings of one call from a template and inputs by place. Runs in browsers. */

export interface CallInput {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly cookies?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly form?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, unknown>>;
  readonly signal?: AbortSignal;
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

export function buildInit(target: CallTarget, input: CallInput): RequestInit {
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
  if (input.files !== undefined) init.body = encodeForm(input.form ?? {}, input.files);
  else if (input.form !== undefined) init.body = encodePairs(input.form);
  if (input.body !== undefined) {
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    init.body = JSON.stringify(input.body, (_key, member: unknown) =>
      typeof member === "bigint" ? String(member) : member,
    );
  }
  return init;
}

function encodePairs(values: Readonly<Record<string, unknown>>): URLSearchParams {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    for (const element of Array.isArray(value) ? value : [value]) pairs.append(name, encodeScalar(element));
  }
  return pairs;
}

/** Fields before files, so that they are checked before a file is received; objects as JSON parts. */
function encodeForm(fields: NonNullable<CallInput["form"]>, files: NonNullable<CallInput["files"]>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    for (const element of Array.isArray(value) ? value : [value]) {
      const isObject = typeof element === "object" && element !== null && !(element instanceof Date);
      if (isObject) form.append(name, new Blob([JSON.stringify(element)], { type: "application/json" }));
      else form.append(name, encodeScalar(element));
    }
  }
  for (const [name, value] of Object.entries(files)) {
    if (value === undefined) continue;
    for (const file of Array.isArray(value) ? value : [value]) form.append(name, file as Blob);
  }
  return form;
}

function encodeScalar(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  return typeof value === "bigint" ? String(value) : JSON.stringify(value);
}

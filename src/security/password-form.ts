/** The form of a login: OAuth 2's password grant (RFC 6749 §4.3.2), as a schema for `form`. */

import type { JsonSchema } from "../schema/json-schema.ts";
import type { StandardIssue, StandardResult, StandardSchema } from "../schema/standard-schema.ts";

/** What a client sends. */
export interface PasswordFormInput {
  readonly grant_type?: "password";
  readonly username: string;
  readonly password: string;
  readonly scope?: string;
  readonly client_id?: string;
  readonly client_secret?: string;
}

/** What a handler gets. */
export interface PasswordForm {
  readonly username: string;
  readonly password: string;
  /** The scopes that are asked for. */
  readonly scopes: readonly string[];
  readonly clientId?: string;
  readonly clientSecret?: string;
}

/** Enough for every passphrase, and too little to keep a hash function busy. */
const maxLength = 1024;

const text: JsonSchema = { type: "string", maxLength };
const inputSchema: JsonSchema = {
  title: "PasswordForm",
  type: "object",
  properties: {
    grant_type: { type: "string", const: "password" },
    username: { ...text, minLength: 1 },
    password: { ...text, minLength: 1, format: "password" },
    scope: text,
    client_id: text,
    client_secret: { ...text, format: "password" },
  },
  required: ["username", "password"],
};
const outputSchema: JsonSchema = {
  type: "object",
  properties: {
    username: text,
    password: text,
    scopes: { type: "array", items: { type: "string" } },
    clientId: text,
    clientSecret: text,
  },
  required: ["username", "password", "scopes"],
};

/** `app.post("/token", { form: passwordForm }, …)`. Other fields are ignored, as the RFC asks. */
export const passwordForm: StandardSchema<PasswordFormInput, PasswordForm> = {
  "~standard": {
    version: 1,
    vendor: "apus",
    validate: validateForm,
    jsonSchema: { input: () => structuredClone(inputSchema), output: () => structuredClone(outputSchema) },
  },
};

type Field = keyof PasswordFormInput;

const fields: readonly Field[] = ["grant_type", "username", "password", "scope", "client_id", "client_secret"];

function validateForm(value: unknown): StandardResult<PasswordForm> {
  if (typeof value !== "object" || value === null) return { issues: [{ message: "must be a form", path: [] }] };
  const given = new Map<Field, unknown>(fields.map((field) => [field, readOwn(value, field)]));
  const issues = fields.flatMap((field) => judgeField(field, given.get(field)));
  if (issues.length > 0) return { issues };
  const read = (field: Field): string => (given.get(field) as string | undefined) ?? "";
  return {
    value: {
      username: read("username"),
      password: read("password"),
      scopes: [...new Set(read("scope").split(" "))].filter((scope) => scope !== ""),
      ...(given.get("client_id") !== undefined && { clientId: read("client_id") }),
      ...(given.get("client_secret") !== undefined && { clientSecret: read("client_secret") }),
    },
  };
}

function readOwn(value: object, field: Field): unknown {
  return Object.hasOwn(value, field) ? (value as Readonly<Record<string, unknown>>)[field] : undefined;
}

function judgeField(field: Field, value: unknown): readonly (StandardIssue & { readonly code: string })[] {
  const path = [field];
  const isNeeded = field === "username" || field === "password";
  if (value === undefined || (isNeeded && value === "")) {
    return isNeeded ? [{ message: "is required", path, code: "missing" }] : [];
  }
  if (typeof value !== "string") return [{ message: "must be text", path, code: "type" }];
  if (value.length > maxLength) {
    return [{ message: `must have at most ${maxLength} characters`, path, code: "too_long" }];
  }
  const isWrong = field === "grant_type" && value !== "password";
  return isWrong ? [{ message: 'must be "password"', path, code: "invalid_value" }] : [];
}

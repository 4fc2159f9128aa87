/** Describes the requests that an API makes to its clients. */

import { ApusError } from "../errors/apus-error.ts";
import { compileSchema } from "../schema/compile-schema.ts";
import type { Schema } from "../schema/schema.ts";
import { mergeExtra } from "./describe-operation.ts";
import type { Webhook } from "./document-input.ts";
import { toPascalCase, toTitle } from "./name-words.ts";
import type { OperationObject, PathItem, RequestBodyObject } from "./openapi-document.ts";
import type { SchemaComponents } from "./schema-components.ts";
import type { SchemaUse } from "./schema-use.ts";

/** A webhook with its schema compiled. */
export interface WebhookPlan {
  readonly name: string;
  readonly webhook: Webhook;
  readonly schema: Schema | undefined;
}

/** @throws ApusError when a schema cannot be used, naming the webhook. */
export async function planWebhooks(webhooks: Readonly<Record<string, Webhook>>): Promise<readonly WebhookPlan[]> {
  return Promise.all(
    Object.entries(webhooks).map(async ([name, webhook]) => ({
      name,
      webhook,
      schema: await compileBody(name, webhook),
    })),
  );
}

async function compileBody(name: string, { body }: Webhook): Promise<Schema | undefined> {
  if (body === undefined) return undefined;
  try {
    return await compileSchema(body);
  } catch (error) {
    if (!(error instanceof ApusError)) throw error;
    const message = `The body schema of the webhook ${JSON.stringify(name)} cannot be used: ${error.message}`;
    throw new ApusError(error.code, message, { cause: error });
  }
}

/** The body of a webhook is what this API sends, so it is the output side. */
export function listWebhookUses({ name, webhook, schema }: WebhookPlan): readonly SchemaUse[] {
  if (schema === undefined) return [];
  const place = `the body of the webhook ${JSON.stringify(name)}`;
  return [{ schema, side: "output", label: `${toPascalCase(name)}Webhook`, place, owner: webhook }];
}

/** The path item of a webhook: one operation. */
export function describeWebhook({ name, webhook, schema }: WebhookPlan, components: SchemaComponents): PathItem {
  const { method = "POST", summary, description, tags, extra } = webhook;
  const requestBody: RequestBodyObject | undefined =
    schema === undefined
      ? undefined
      : { required: true, content: { "application/json": { schema: components.describe(schema, "output") } } };
  const operation: OperationObject = {
    ...(tags === undefined ? {} : { tags }),
    summary: summary ?? toTitle(name),
    ...(description === undefined ? {} : { description }),
    ...(requestBody === undefined ? {} : { requestBody }),
    responses: { 200: { description: "The webhook was received." } },
  };
  return { [method.toLowerCase()]: mergeExtra(operation, extra, `extra of the webhook ${JSON.stringify(name)}`) };
}

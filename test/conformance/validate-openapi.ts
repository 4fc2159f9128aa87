/** Asks two validators that others wrote whether a document is OpenAPI 3.1. */

import { BaseResolver, createConfig, lintDocument, makeDocumentFromString } from "@redocly/openapi-core";
import { Validator } from "@seriousme/openapi-schema-validator";

/** What the specification itself demands; matters of taste are left out. */
const rules = {
  struct: "error",
  "no-unresolved-refs": "error",
  "no-identical-paths": "error",
  "operation-operationId-unique": "error",
  "operation-parameters-unique": "error",
  "path-declaration-must-exist": "error",
  "path-not-include-query": "error",
  "path-parameters-defined": "error",
  "spec-components-invalid-map-name": "error",
} as const;

/** Every problem that a validator finds, the validator's name first; empty for a valid document. */
export async function validateOpenApi(document: unknown): Promise<string[]> {
  const text = JSON.stringify(document);
  return [...(await askSeriousme(text)), ...(await askRedocly(text))];
}

async function askSeriousme(text: string): Promise<readonly string[]> {
  const { valid, errors = "no reason given" } = await new Validator().validate(
    JSON.parse(text) as Record<string, unknown>,
  );
  if (valid) return [];
  const problems =
    typeof errors === "string" ? [errors] : errors.map((error) => `${error.instancePath} ${error.message}`);
  return problems.map((problem) => `seriousme: ${problem}`);
}

async function askRedocly(text: string): Promise<readonly string[]> {
  const config = await createConfig({ rules });
  const document = makeDocumentFromString(text, "openapi.json");
  const problems = await lintDocument({ document, config, externalRefResolver: new BaseResolver() });
  return problems.map(
    ({ ruleId, message, location }) => `redocly: ${location[0]?.pointer ?? ""} ${message} (${ruleId})`,
  );
}

/** What the document says of an operation before the names of its schemas are known, and the schemas that it uses. */

import type { BodyPart } from "../parameters/read-body.ts";
import type { CompiledOperation, CompiledResponse } from "../operation/compile-operation.ts";
import { listFormParts } from "./describe-form.ts";
import { planParameters, type PlannedParameter } from "./describe-parameters.ts";
import { toPascalCase } from "./name-words.ts";
import type { PlacedOperation } from "./place-operations.ts";
import type { SchemaUse } from "./schema-use.ts";

export interface OperationPlan {
  readonly placed: PlacedOperation;
  readonly operationId: string;
  readonly parameters: readonly PlannedParameter[];
  readonly isBodyRequired: boolean;
}

/** Plans an operation; asks its body's schema whether a request may come without one. */
export async function planOperation(placed: PlacedOperation, operationId: string): Promise<OperationPlan> {
  const { form, format } = placed.documented.compiled;
  const bodies = await Promise.all(listBodyParts(placed.documented.compiled).map(acceptsNothing));
  const needsFile = [...(form?.plan.uploads.values() ?? [])].some(({ minCount }) => minCount > 0);
  return {
    placed,
    operationId,
    parameters: planParameters(placed),
    isBodyRequired: needsFile || bodies.includes(false) || format?.isRequired === true,
  };
}

/** What the operation and its dependencies need of the body; a schema that several give is there once. */
export function listBodyParts({ body, dependencies }: CompiledOperation): readonly BodyPart[] {
  const used = (dependencies?.declared.contents ?? []).map(({ part }) => part);
  const parts = new Map(
    [...used.toReversed(), ...(body === undefined ? [] : [body])].map((part) => [part.schema.source, part]),
  );
  return [...parts.values()].toReversed();
}

/** JSON Schema cannot say that a body may be missing, so the schema is shown what the reader makes of nothing. */
async function acceptsNothing({ schema, reader }: BodyPart): Promise<boolean> {
  try {
    const result = await schema.validate(reader === undefined ? undefined : reader.read([]).value);
    return result.issues === undefined;
  } catch {
    return false;
  }
}

/** Every use of a schema by an operation: parameters, body, responses, errors. */
export function listSchemaUses({ placed, operationId, parameters }: OperationPlan): readonly SchemaUse[] {
  const { compiled } = placed.documented;
  const { method, declaredAt } = compiled.operation;
  const prefix = toPascalCase(operationId);
  const owner = placed;
  const uses: SchemaUse[] = [];
  const add = (use: Omit<SchemaUse, "place" | "owner" | "label">, [label, what]: readonly [string, string]): void => {
    const place = `the ${what} of ${method} ${compiled.template.source} at ${declaredAt}`;
    uses.push({ ...use, label: `${prefix}${label}`, place, owner });
  };
  for (const { schema, part, name } of parameters) {
    if (schema !== undefined)
      add({ schema, side: "input", parts: [part] }, [toPascalCase(name), `parameter "${name}"`]);
  }
  const isUpload = (compiled.form?.plan.uploads.size ?? 0) > 0;
  for (const [index, part] of listBodyParts(compiled).entries()) {
    const parts = isUpload ? { parts: listFormParts(part) } : {};
    const label = `${toPascalCase(part.place)}${index === 0 ? "" : String(index + 1)}`;
    add({ schema: part.schema, side: "input", ...parts }, [label, part.place]);
  }
  const row = compiled.format?.row;
  if (row !== undefined) add({ schema: row, side: "input" }, ["Row", "body"]);
  if (compiled.stream !== undefined) {
    const { schema, kind } = compiled.stream;
    add({ schema, side: "output" }, ["Item", kind]);
  }
  const answers: readonly (readonly [number, CompiledResponse])[] = [...compiled.responses, ...compiled.errors];
  for (const [status, { schema }] of answers) {
    const label = status === compiled.status ? "Response" : `Response${status}`;
    if (schema !== undefined) add({ schema, side: "output" }, [label, `answer ${status}`]);
  }
  return uses;
}

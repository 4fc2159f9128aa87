/** Type tests of the TypeBox entry: what goes in and what comes out. */

import { Type } from "typebox";
import type { InferInput, InferOutput, StandardSchema } from "./schema/standard-schema.ts";
import { typebox } from "./typebox.ts";

const person = typebox(
  Type.Object({ name: Type.String(), age: Type.Optional(Type.Integer()), tags: Type.Array(Type.Literal("a")) }),
);

interface Person {
  name: string;
  age?: number;
  tags: "a"[];
}

const asStandard: StandardSchema<Person> = person;

const given: InferOutput<typeof person> = { name: "Ada", tags: ["a"] };
// @ts-expect-error a name is text
const wrong: InferOutput<typeof person> = { name: 1, tags: [] };
// @ts-expect-error tags are required
const missing: InferInput<typeof person> = { name: "Ada" };

const coded = typebox(
  Type.Object({
    when: Type.Codec(Type.String())
      .Decode((text) => new Date(text))
      .Encode((date) => date.toISOString()),
  }),
);

const encoded: InferInput<typeof coded> = { when: "2026-01-01" };
const decoded: InferOutput<typeof coded> = { when: new Date() };
// @ts-expect-error a date is sent as text
const sent: InferInput<typeof coded> = { when: new Date() };
// @ts-expect-error a handler gets a date
const got: InferOutput<typeof coded> = { when: "2026-01-01" };

// @ts-expect-error text is not a TypeBox schema
typebox("text");

export const checked: readonly unknown[] = [asStandard, given, wrong, missing, encoded, decoded, sent, got];

/** One endpoint by each vendor: docs/schemas.md. */

import { App } from "apus";
import { typebox } from "apus/typebox";
import { type } from "arktype";
import { Type } from "typebox";
import * as v from "valibot";
import { z } from "zod";

export const app = new App({ log: false });

// #region zod
const Pet = z.object({ name: z.string().min(1), age: z.int().min(0) }).meta({ id: "Pet" });

export const createPet = app.post(
  "/zod",
  { body: Pet, query: z.object({ dry: z.boolean() }), response: Pet },
  ({ body }) => body,
);
// #endregion zod

// #region valibot
const Plant = v.object({ name: v.pipe(v.string(), v.minLength(1)), age: v.pipe(v.number(), v.integer()) });

export const createPlant = app.post(
  "/valibot",
  { body: Plant, query: v.object({ dry: v.boolean() }), response: Plant },
  ({ body }) => body,
);
// #endregion valibot

// #region arktype
const Stone = type({ name: "string > 0", age: "number.integer >= 0" });

export const createStone = app.post(
  "/arktype",
  { body: Stone, query: type({ dry: "boolean" }), response: Stone },
  ({ body }) => body,
);
// #endregion arktype

// #region typebox
const Star = typebox(Type.Object({ name: Type.String({ minLength: 1 }), age: Type.Integer({ minimum: 0 }) }));

export const createStar = app.post(
  "/typebox",
  { body: Star, query: typebox(Type.Object({ dry: Type.Boolean() })), response: Star },
  ({ body }) => body,
);
// #endregion typebox

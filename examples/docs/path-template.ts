/** Path templates with every converter: docs/path-template.md. */

import { App, type Converter } from "apus";

// #region converter
const day: Converter<Date> = {
  parse: (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? readDay(text) : undefined),
  format: (value) => value.toISOString().slice(0, 10),
  schema: { type: "string", format: "date" },
  expected: "a day such as 2026-11-22",
};

export const app = new App({ converters: { day }, log: false });

export const readReport = app.get("/reports/{on:day}", ({ path }) => ({ year: path.on.getUTCFullYear() }));

function readDay(text: string): Date | undefined {
  const date = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
// #endregion converter

// #region builtin
export const readItem = app.get("/items/{id:int}", ({ path }) => ({ id: path.id })); // number
export const readItemByName = app.get("/items/{name}", ({ path }) => ({ name: path.name })); // string
export const readNewest = app.get("/items/newest", () => ({ newest: true }));
export const readOrder = app.get("/orders/{id:uuid}", ({ path }) => ({ id: path.id })); // string, in lower case
export const readTile = app.get("/tiles/{x:float}/{y:float}", ({ path }) => path); // two numbers
export const readAvatar = app.get("/avatars/{user}.png", ({ path }) => ({ user: path.user })); // text around it
export const readFile = app.get("/files/{name:path}", ({ path }) => ({ name: path.name })); // the rest, with its "/"
// #endregion builtin

/** A module of endpoints, as an application has many: schemas, a router, and the operations that it declares. */

// #region module
import { empty, fail, Router } from "apus";
import { z } from "zod";

export const Note = z.object({ id: z.int(), text: z.string(), done: z.boolean() });
export const NewNote = z.object({ text: z.string().min(1), done: z.boolean().default(false) });
export const NoSuchNote = z.object({ id: z.int() });

const stored = new Map<number, z.infer<typeof Note>>();

export const notes = new Router({ prefix: "/notes", tags: ["notes"] });

export const listNotes = notes.get(
  "/",
  { query: z.object({ done: z.boolean().optional() }), response: z.array(Note) },
  ({ query }) => [...stored.values()].filter(({ done }) => query.done === undefined || done === query.done),
);

export const readNote = notes.get("/{id:int}", { response: Note, errors: { 404: NoSuchNote } }, ({ path }) => {
  return stored.get(path.id) ?? fail(404, { detail: `There is no note ${path.id}.`, id: path.id });
});

export const createNote = notes.post("/", { body: NewNote, response: Note, status: 201 }, ({ body }) => {
  const note = { id: stored.size + 1, ...body };
  stored.set(note.id, note);
  return note;
});

export const clearNotes = notes.delete("/", { status: 204 }, () => {
  stored.clear();
  return empty();
});
// #endregion module

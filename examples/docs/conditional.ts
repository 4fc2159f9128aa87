/** Conditional requests: docs/conditional.md. */

import { App, fail } from "apus";
import { checkPrecondition, conditional } from "apus/middleware/conditional";
import { z } from "zod";

export const app = new App({ log: false });
const notes = new Map([[1, { version: 1, text: "Swifts sleep in the air." }]]);

// #region use
app.use(conditional());

app.get("/notes", () => [...notes.values()]);
// #endregion use

// #region own
app.get("/notes/{id:int}", ({ path, response }) => {
  const note = notes.get(path.id) ?? fail(404, "No such note.");
  response.setHeader("etag", `"v${note.version}"`);
  return note;
});
// #endregion own

// #region change
app.put("/notes/{id:int}", { body: z.object({ text: z.string() }) }, ({ path, body, request }) => {
  const note = notes.get(path.id) ?? fail(404, "No such note.");
  checkPrecondition(request, { etag: `"v${note.version}"`, required: true });
  const changed = { version: note.version + 1, text: body.text };
  notes.set(path.id, changed);
  return changed;
});
// #endregion change

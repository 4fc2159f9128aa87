/** Calls with the typed client: docs/client.md. */

// #region call
import { createClient } from "apus/client";
import type * as notes from "./notes.ts";

export async function finishNote(baseUrl: string, id: number): Promise<string> {
  const client = createClient<typeof notes>({ baseUrl });
  const note = await client.get("/notes/{id:int}", { path: { id } });
  return note.done ? "done already" : note.text;
}
// #endregion call

// #region outcome
export async function readText(baseUrl: string, id: number): Promise<string> {
  const client = createClient<typeof notes>({ baseUrl, headers: { authorization: "Bearer t0ken" } });
  const outcome = await client.get.outcome("/notes/{id:int}", { path: { id }, signal: AbortSignal.timeout(5_000) });
  if (outcome.ok) return outcome.data.text;
  if (outcome.status === 404) return `no note ${outcome.problem.id}`;
  return outcome.problem.errors.map(({ in: place, pointer }) => `${place}${pointer}`).join();
}
// #endregion outcome

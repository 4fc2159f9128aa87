/** What the typed client sends: docs/bodies.md. */

import { createClient } from "apus/client";
import type * as api from "./bodies.ts";

// #region send
export async function sendReadings(baseUrl: string): Promise<readonly string[]> {
  const client = createClient<typeof api>({ baseUrl });
  const readings = [
    { sensor: "roof", celsius: 31.5 },
    { sensor: "cellar", celsius: 12, checked: true },
  ];
  await client.post("/readings", { body: readings, bodyFormat: "json-lines" });
  const { unchecked } = await client.post("/readings/import", {
    body: readings,
    bodyFormat: "csv",
    delimiter: ";",
    columns: ["sensor", "celsius", "checked"],
  });
  return unchecked;
}
// #endregion send

// #region progress
export async function sendBackup(baseUrl: string, backup: Blob, show: (percent: number) => void): Promise<void> {
  const client = createClient<typeof api>({ baseUrl });
  await client.put("/backups/{name}", {
    path: { name: "monday" },
    body: new Blob([backup], { type: "application/gzip" }),
    onUploadProgress: ({ sent, total = sent }) => show(Math.floor((100 * sent) / total)),
  });
}
// #endregion progress

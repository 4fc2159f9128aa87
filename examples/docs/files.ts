/** Files and folders as answers: docs/files.md. */

import { App, file, staticFiles } from "apus";

export const app = new App({ log: false });
const reports: URL = new URL("./public/", import.meta.url);

// #region file
const bird = new URL("./public/bird.svg", import.meta.url);

app.get("/bird", () => file(bird));
app.get("/download", () => file(bird, { name: "Mauersegler – größer.svg" })); // saved under this name
// #endregion file

// #region folder
app.get("/reports/{path:path}", ({ path }) => file(path.path, { folder: reports, disposition: "attachment" }));
// #endregion folder

// #region static
const assets = staticFiles(new URL("./public/", import.meta.url));

app.get("/assets/", { hidden: true }, assets); // the index
app.get("/assets/{path:path}", { hidden: true }, assets);
// #endregion static

// #region app
const frontend = staticFiles(new URL("./public/", import.meta.url), {
  fallback: "index.html",
  precompressed: ["br", "gzip"],
  maxAge: 31_536_000,
  immutable: true, // names change with their content: app-4f2c1a.js
});

app.get("/", { hidden: true }, frontend);
app.get("/{path:path}", { hidden: true }, frontend); // every other route comes before it
// #endregion app

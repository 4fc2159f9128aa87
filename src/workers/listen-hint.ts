/** Says once that a worker imports a module that starts the server, which is work for nothing in each worker. */

let isSaid = false;

/** `module` is what the worker was told to import. Silent in production. */
export function warnOfListening(module: string): void {
  if (isSaid || process.env["NODE_ENV"] === "production") return;
  isSaid = true;
  process.emitWarning(
    `A worker of offload() imports ${module}, which tells an app to listen. It does nothing there, but the worker loads the whole app: write "if (import.meta.main) await app.listen(…)", or move what is offloaded into a module of its own.`,
    { type: "ApusWarning" },
  );
}

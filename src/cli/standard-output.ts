/** Standard output of commands that print a result: it carries the result and nothing else. */

/** Resolves with exit code 0 when the text has left the process; a reader that has gone ends the process quietly. */
export function writeOutput(text: string): Promise<0> {
  return new Promise((resolve, reject) => {
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      else reject(error);
    });
    process.stdout.write(text, (error) => {
      if (error === undefined || error === null) resolve(0);
    });
  });
}

/** What the app's module, its logger included, writes meanwhile goes to standard error. */
export async function withOutputAside<T>(work: () => Promise<T>): Promise<T> {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = process.stderr.write.bind(process.stderr);
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}

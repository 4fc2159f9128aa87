/** SIGTERM and SIGINT for all servers of the process: the first one stops them gracefully, the second one exits at once. */

export type Stop = () => Promise<void>;

const stops = new Set<Stop>();
let stoppingSince: number | undefined;
/** A terminal and the program that started this one may both pass the same signal on: that is one signal, not two. */
const sameSignal = 50;

const onSignal = (signal: NodeJS.Signals): void => {
  if (stoppingSince !== undefined) {
    if (performance.now() - stoppingSince < sameSignal) return;
    process.exit(signal === "SIGINT" ? 130 : 143);
  }
  stoppingSince = performance.now();
  void Promise.allSettled([...stops].map((stop) => stop())).then((results) => {
    process.exit(results.some(({ status }) => status === "rejected") ? 1 : 0);
  });
};

/** Calls `stop` when the process is told to end; the returned function takes that back. */
export function onStopSignal(stop: Stop): () => void {
  if (stops.size === 0) for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, onSignal);
  stops.add(stop);
  return () => {
    stops.delete(stop);
    if (stops.size > 0 || stoppingSince !== undefined) return;
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.off(signal, onSignal);
  };
}

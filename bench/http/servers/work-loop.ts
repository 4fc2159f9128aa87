/** The CPU work of `/work`: one loop for every server, as many rounds of it as take about two milliseconds. */

const workMs = 2;

/** Rounds of a generator of random numbers, whose state is never 0. */
function turnOver(rounds: number): number {
  let state = 0x9e3779b9;
  for (let round = 0; round < rounds; round++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
  }
  return state;
}

/** How many rounds take `workMs` here and now: the fastest of several tries, as others can only slow it down. */
export function calibrateWork(): number {
  const tried = 1_000_000;
  let fastest = Infinity;
  for (let attempt = 0; attempt < 20; attempt++) {
    const begin = performance.now();
    if (turnOver(tried) === 0) throw new Error("the loop does not do its work");
    fastest = Math.min(fastest, performance.now() - begin);
  }
  return Math.round((tried * workMs) / fastest);
}

// The runner calibrates once for all servers; by hand, the first request does.
let rounds = Number(process.env["WORK_ROUNDS"] ?? 0);

/** Does the work; the answer is the same every time. */
export function work(): { readonly worked: boolean } {
  if (rounds === 0) rounds = calibrateWork();
  return { worked: turnOver(rounds) !== 0 };
}

/** The template that is most like a path nobody answers, for the 404 of development. */

const maxLength = 256;
const maxSegments = 12;
const maxDrift = 2; // segments that may be missing or too many
const worstCost = 0.5; // per segment
const slashCost = 0.25; // an empty segment, as a closing "/" makes it
const alike = 0.5; // two literals further apart than this are different words

/** What one path segment costs against literals that many templates share. */
type SegmentCosts = Map<string, number>;

/**
 * The template most like `path`; undefined when none is close, or when the path is too long to be a slip.
 * The first of several equal ones wins.
 */
export function nearestTemplate(templates: Iterable<string>, path: string): string | undefined {
  if (path.length > maxLength || !path.startsWith("/")) return undefined;
  const segments = decodePath(path).toLowerCase().slice(1).split("/");
  if (segments.length > maxSegments) return undefined;
  const known: SegmentCosts[] = segments.map(() => new Map());
  let best: string | undefined;
  let bestCost = Infinity;
  for (const template of templates) {
    const wanted = template.slice(1).split("/");
    if (Math.abs(wanted.length - segments.length) > maxDrift) continue;
    const cost = alignSegments(wanted, segments, known);
    if (cost < bestCost && cost <= worstCost * Math.max(wanted.length, segments.length)) {
      best = template;
      bestCost = cost;
    }
  }
  return best;
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Edit distance in segments: 1 for one too many or missing, 0 to 1 for one that differs; infinite without a literal in common. */
function alignSegments(wanted: readonly string[], segments: readonly string[], known: readonly SegmentCosts[]): number {
  let resembles = false;
  let above = Array.from({ length: segments.length + 1 }, (_, index) => index);
  for (const [row, word] of wanted.entries()) {
    const costs = [row + 1];
    for (const [column, text] of segments.entries()) {
      const cost = Math.abs(row - column) > maxDrift ? 1 : segmentCost(word, text, known[column]);
      if (cost <= alike && word !== "" && !word.includes("{")) resembles = true;
      const replaced = (above[column] ?? Infinity) + cost;
      const removed = (above[column + 1] ?? Infinity) + (word === "" ? slashCost : 1);
      const added = (costs[column] ?? Infinity) + (text === "" ? slashCost : 1);
      costs.push(Math.min(replaced, removed, added));
    }
    above = costs;
  }
  return resembles ? (above[segments.length] ?? Infinity) : Infinity;
}

/** 0 for a parameter or an equal text, up to `alike` for a slip of the pen, 1 for another word. */
function segmentCost(word: string, text: string, known: SegmentCosts | undefined): number {
  if (word.includes("{")) return text === "" ? 1 : 0.1;
  const found = known?.get(word);
  if (found !== undefined) return found;
  const longest = Math.max(word.length, text.length);
  const share = longest === 0 ? 0 : editDistance(word.toLowerCase(), text, Math.floor(longest * alike)) / longest;
  const cost = share > alike ? 1 : share;
  known?.set(word, cost);
  return cost;
}

/** Levenshtein's distance, or anything above `limit` when it is above `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > limit) return Infinity;
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 0; row < a.length; row++) {
    const costs = [row + 1];
    let least = row + 1;
    for (let column = 0; column < b.length; column++) {
      const replaced = (above[column] ?? Infinity) + (a[row] === b[column] ? 0 : 1);
      const cost = Math.min(replaced, (above[column + 1] ?? Infinity) + 1, (costs[column] ?? Infinity) + 1);
      costs.push(cost);
      least = Math.min(least, cost);
    }
    if (least > limit) return Infinity;
    above = costs;
  }
  return above[b.length] ?? Infinity;
}

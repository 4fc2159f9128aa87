/** Numbers of several rounds as a middle with its range. */

/** `median` of an even count is the lower of the two in the middle: a value that was measured. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** In milliseconds. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** NaN throughout when there are no values. */
export function describeLatencies(values: readonly number[]): Latencies {
  const sorted = Float64Array.from(values).toSorted();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** NaN throughout when there are no values. */
export function describeSpread(values: readonly number[]): Spread {
  const sorted = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
  return {
    min: sorted.at(0) ?? NaN,
    median: sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN,
    max: sorted.at(-1) ?? NaN,
  };
}

/** "12.3 (11.9–13.0)"; a dash when there is nothing. */
export function formatSpread(values: readonly number[], digits = 1): string {
  const { min, median, max } = describeSpread(values);
  if (Number.isNaN(median)) return "–";
  const show = (value: number): string => formatNumber(value, digits);
  return values.length === 1 ? show(median) : `${show(median)} (${show(min)}–${show(max)})`;
}

/** With a separator between thousands; a dash when there is nothing. */
export function formatNumber(value: number, digits = 0): string {
  if (Number.isNaN(value)) return "–";
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/**
 * The median of the rounds' own ratios: what disturbs a whole round disturbs both sides of it.
 * Rounds without a value on both sides do not count.
 */
export function formatRatio(values: readonly number[], base: readonly number[] | undefined): string {
  const ratios = values.map((value, round) => value / (base?.[round] ?? NaN));
  return formatNumber(describeSpread(ratios).median, 2);
}

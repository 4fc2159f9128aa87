/** A file whose exports `offload.file()` runs; nobody imports it. */

export function double(value: number): number {
  return value * 2;
}

export async function* letters(text: string): AsyncGenerator<string, number, undefined> {
  yield* text;
  return text.length;
}

export const notAFunction = 7;

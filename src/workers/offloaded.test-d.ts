/** The types of offloaded functions. */

import { offload } from "./offload.ts";
import type { Offloaded } from "./offloaded.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Equal<A, B>): void {}

const add = offload(import.meta, "add", (one: number, other = 1) => one + other);
same<ReturnType<typeof add>, Promise<number>>(true);
same<Parameters<typeof add>, [one: number, other?: number | undefined]>(true);
void add(1);
void add.with({ timeout: 5, signal: null, priority: "low", transfer: [new ArrayBuffer(1)] })(1, 2);
// @ts-expect-error -- a text is no number
void add("1");
// @ts-expect-error -- nor is it for a call with settings
void add.with({})("1");
// @ts-expect-error -- no such priority
void add.with({ priority: "urgent" });
// @ts-expect-error -- the module comes first
offload("add", () => 1);
// @ts-expect-error -- no such option
offload(import.meta, "a", () => 1, { timout: 5 });

const load = offload(import.meta, "load", async (id: number) => ({ id }));
same<ReturnType<typeof load>, Promise<{ id: number }>>(true);

const nothing = offload(import.meta, "nothing", () => {});
same<ReturnType<typeof nothing>, Promise<void>>(true);

const never = offload(import.meta, "never", (): never => {
  throw new Error();
});
same<ReturnType<typeof never>, Promise<never>>(true);

const loose = offload(import.meta, "loose", (): any => 1);
same<ReturnType<typeof loose>, Promise<any>>(true);

const numbers = offload(import.meta, "numbers", async function* (to: number) {
  for (let number = 0; number < to; number += 1) yield number;
  return "end";
});
same<ReturnType<typeof numbers>, AsyncGenerator<number, string, undefined>>(true);

const sync = offload(import.meta, "sync", function* () {
  yield "a";
});
same<ReturnType<typeof sync>, AsyncGenerator<string, void, undefined>>(true);

const later = offload(import.meta, "later", async (): Promise<AsyncIterable<Uint8Array>> => new Blob([]).stream());
same<ReturnType<typeof later>, Promise<AsyncGenerator<Uint8Array, void, undefined>>>(true);

type Double = (value: number) => number;
const double = offload.file<Double>(new URL("./x.ts", import.meta.url), "double", { process: true });
same<typeof double, Offloaded<Double>>(true);

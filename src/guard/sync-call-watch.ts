/** Development: notices synchronous calls of Node.js inside a request, by standing before them on their modules. */

import childProcess from "node:child_process";
import crypto from "node:crypto";
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import zlib from "node:zlib";
import { currentRequest } from "../http/current-request.ts";
import { sampleRequest, type LoopSample } from "./loop-sample.ts";
import { readClock } from "./monotonic-clock.ts";
import { ownerOf, readStack, type StackFrame } from "./stack-frames.ts";
import { nativeCalls, syncCalls, type SyncCall } from "./sync-calls.ts";

/** A synchronous call that a request made, its stack beginning at the caller. */
export interface NoticedCall extends LoopSample {
  readonly call: SyncCall;
  /** Milliseconds that it took. */
  readonly duration: number;
}

export interface SyncCallParts {
  /** Milliseconds from which on a call that is not always told is. */
  readonly longCall: number;
  /** Whether short calls are told too, of those that always are. */
  readonly tellsAll: boolean;
  readonly onCall: (call: NoticedCall) => void;
}

type Callable = (...values: never) => unknown;
type Holder = Record<string, Callable | undefined>;

/** How often the stack of a call is taken for one route; what goes on after that only has to be long. */
const looksPerRoute = 50;
const maxCounted = 5_000;

/** From now on calls are noticed; the returned function puts everything back. */
export function watchSyncCalls(parts: SyncCallParts): () => void {
  const watch = new CallWatch(parts);
  const modules: Readonly<Record<keyof typeof syncCalls, unknown>> = { fs, child_process: childProcess, crypto, zlib };
  const restore: (() => void)[] = [];
  for (const [name, calls] of Object.entries(syncCalls)) {
    const holder = modules[name as keyof typeof syncCalls] as Holder;
    for (const call of calls) restore.push(replace(holder, call.name, (original) => watch.stand(original, call)));
  }
  for (const call of nativeCalls) {
    const name = call.name.slice(call.name.indexOf(".") + 1);
    restore.push(replace(JSON as unknown as Holder, name, (original) => watch.stand(original, call)));
  }
  syncBuiltinESMExports();
  return () => {
    for (const each of restore.splice(0)) each();
    syncBuiltinESMExports();
  };
}

function replace(holder: Holder, name: string, build: (original: Callable) => Callable): () => void {
  const original = holder[name];
  if (typeof original !== "function") return () => {};
  const replaced = build(original);
  holder[name] = replaced;
  return () => {
    // Somebody else may have put something before it since.
    if (holder[name] === replaced) holder[name] = original;
  };
}

class CallWatch {
  readonly #parts: SyncCallParts;
  readonly #looks = new Map<string, number>();
  /** Node.js calls such functions of its own modules too. */
  #isInside = false;

  constructor(parts: SyncCallParts) {
    this.#parts = parts;
  }

  /** A proxy keeps the name, the length and the properties of the function. */
  stand(original: Callable, call: SyncCall): Callable {
    const isTold = call.isAlwaysTold && this.#parts.tellsAll;
    return new Proxy(original, {
      apply: (target, self, values) => {
        const request = this.#isInside ? undefined : currentRequest.getStore();
        if (request === undefined) return Reflect.apply(target, self, values);
        this.#isInside = true;
        const start = readClock();
        try {
          return Reflect.apply(target, self, values);
        } finally {
          this.#isInside = false;
          const time = readClock();
          const duration = time - start;
          if (duration >= this.#parts.longCall || (isTold && this.#isNew(`${call.name} ${request.route}`))) {
            this.#tell({
              call,
              request: sampleRequest(request),
              time,
              duration,
              delay: duration,
              frames: readStack(1),
            });
          }
        }
      },
    });
  }

  #isNew(key: string): boolean {
    const looks = (this.#looks.get(key) ?? 0) + 1;
    if (looks > looksPerRoute || (looks === 1 && this.#looks.size >= maxCounted)) return false;
    this.#looks.set(key, looks);
    return true;
  }

  #tell(noticed: NoticedCall): void {
    if (!isModuleLoading(noticed.frames)) this.#parts.onCall(noticed);
  }
}

/** `require()` and `import()` read files too; that happens once, and there is nothing else to call. */
function isModuleLoading(frames: readonly StackFrame[]): boolean {
  for (const frame of frames) {
    if (frame.script.startsWith("node:internal/modules/")) return true;
    if (ownerOf(frame) !== "node") return false;
  }
  return false;
}

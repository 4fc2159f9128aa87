/** Runs calls in a worker: finds the function, runs it in its context, sends back what it gives. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Transferable } from "node:worker_threads";
import { ApusError } from "../errors/apus-error.ts";
import { currentRequest } from "../http/current-request.ts";
import { decodeThrown, encodeThrown } from "./encode-thrown.ts";
import { keyOf, type AnyFunction, type RegisteredFunction, type WorkerHome } from "./inside-worker.ts";
import { readIterable, type ItemSender } from "./item-sender.ts";
import { runningCall, type OffloadContext } from "./offload-context.ts";
import { buildWorkerRequest } from "./request-facts.ts";
import { movedParts, packValue, unpackArguments } from "./sent-values.ts";
import { showUrl, type CallMessage, type CallTarget, type FromWorker, type ToWorker } from "./worker-messages.ts";

type Post = (message: FromWorker, transfer?: readonly Transferable[]) => void;

/** A call that has not been answered yet. */
interface OpenCall {
  readonly id: number;
  readonly controller: AbortController;
  sender: ItemSender | undefined;
}

export class CallRunner {
  readonly post: Post;
  readonly #home: WorkerHome;
  #open: OpenCall | undefined;

  constructor(home: WorkerHome, post: Post) {
    this.#home = home;
    this.post = post;
  }

  receive(message: ToWorker): void {
    const { id } = message;
    if (message.kind === "call") void this.#run(message);
    else if (message.kind === "load") void this.#load(id, message.urls);
    else if (this.#open?.id !== id) return;
    else if (message.kind === "pull") this.#open.sender?.allow(message.count);
    else {
      this.#open.controller.abort(decodeThrown(message.reason));
      this.#open.sender?.stop();
    }
  }

  async #run(message: CallMessage): Promise<void> {
    const { id, target } = message;
    const open: OpenCall = { id, controller: new AbortController(), sender: undefined };
    this.#open = open;
    let known = this.#home.functions.get(keyOf(target.url, target.name));
    try {
      known ??= await findFunction(this.#home, target);
      if (message.isCold) this.post({ kind: "started", id });
      await this.#answer(open, message, known.run);
    } catch (error) {
      this.#fail(id, error, known);
    }
    if (this.#open === open) this.#open = undefined;
  }

  async #answer(open: OpenCall, message: CallMessage, run: AnyFunction): Promise<void> {
    const context = this.#buildContext(open, message);
    // It may have been given up while its module was loaded.
    context.throwIfGivenUp();
    const args = unpackArguments(message.args, message.buffers);
    const call = (): unknown => runningCall.run(context, () => run(...args));
    const { request } = message;
    const { signal } = open.controller;
    const value: unknown = await (request === undefined
      ? call()
      : currentRequest.run(buildWorkerRequest(request, signal), call));
    const items = readIterable(value);
    if (items === undefined) return this.#send("result", open.id, value);
    open.sender = items;
    this.post({ kind: "stream", id: open.id });
    const end = await items.send((item) => this.#send("item", open.id, item), signal);
    this.#send("result", open.id, end);
  }

  #buildContext({ id, controller: { signal } }: OpenCall, { request }: CallMessage): OffloadContext {
    const { givenUp } = this.#home;
    return {
      signal,
      throwIfGivenUp: () => {
        signal.throwIfAborted();
        if (givenUp === undefined || Atomics.load(givenUp, 0) !== id) return;
        throw new DOMException("The call was given up.", "AbortError");
      },
      requestId: request?.requestId,
      traceparent: request?.headers.find(([name]) => name === "traceparent")?.[1],
    };
  }

  #send(kind: "result" | "item", id: number, given: unknown): void {
    const transfer = [...movedParts(given)];
    const { value, wasBuffer } = packValue(given, transfer);
    try {
      this.post({ kind, id, value, wasBuffer }, transfer);
    } catch (cause) {
      const message = `What the function gave cannot be sent back: ${(cause as Error).message} Give plain data.`;
      throw new ApusError("APUS_OFFLOAD", message, { cause });
    }
  }

  #fail(id: number, error: unknown, known: RegisteredFunction | undefined): void {
    this.post({ kind: "failed", id, thrown: encodeThrown(error, known?.errors) });
  }

  /** For the first call to come soon: loads modules and answers when they are there. */
  async #load(id: number, urls: readonly string[]): Promise<void> {
    try {
      for (const url of urls) await importModule(url);
      this.post({ kind: "result", id, value: undefined, wasBuffer: false });
    } catch (error) {
      this.#fail(id, error, undefined);
    }
  }
}

async function findFunction(home: WorkerHome, { url, name, isExport }: CallTarget): Promise<RegisteredFunction> {
  const module = await importModule(url);
  if (!isExport) {
    const found = home.functions.get(keyOf(url, name));
    if (found !== undefined) return found;
    const message = `The worker imported ${showUrl(url)}, which did not register ${JSON.stringify(name)}: call offload(import.meta, ${JSON.stringify(name)}, …) at the top level of that module.`;
    throw new ApusError("APUS_OFFLOAD", message);
  }
  const exported = Object.hasOwn(module, name) ? module[name] : undefined;
  if (typeof exported !== "function") {
    const message = `${showUrl(url)} exports no function ${JSON.stringify(name)} that offload.file() could run.`;
    throw new ApusError("APUS_OFFLOAD", message);
  }
  const found = { run: exported as AnyFunction, errors: [] };
  home.functions.set(keyOf(url, name), found);
  return found;
}

export async function importModule(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(findBuilt(url))) as Readonly<Record<string, unknown>>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ApusError("APUS_OFFLOAD", `The worker could not import ${showUrl(url)}: ${reason}`, { cause });
  }
}

/** tsc rewrites `./x.ts` in imports, but not in `new URL("./x.ts", import.meta.url)`. */
function findBuilt(url: string): string {
  const source = /\.(m?)ts$/.exec(url);
  if (source === null || !url.startsWith("file:") || existsSync(fileURLToPath(url))) return url;
  const built = url.slice(0, -"ts".length) + "js";
  return existsSync(fileURLToPath(built)) ? built : url;
}

/** Carries OpenTelemetry's context across awaits where no SDK does. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Context, ContextManager } from "@opentelemetry/api";
import type { OpenTelemetry } from "./load-open-telemetry.ts";

class ContextHolder implements ContextManager {
  readonly #contexts = new AsyncLocalStorage<Context>();
  readonly #root: Context;

  readonly with: ContextManager["with"] = (context, run, ...rest) => {
    const [self, ...args] = rest;
    return this.#contexts.run(context, () => run.apply(self as ThisParameterType<typeof run>, args));
  };

  constructor(root: Context) {
    this.#root = root;
  }

  active(): Context {
    return this.#contexts.getStore() ?? this.#root;
  }

  bind<Target>(context: Context, target: Target): Target {
    if (typeof target !== "function") return target;
    const bound = (...args: unknown[]): unknown => this.#contexts.run(context, () => target(...args) as unknown);
    return bound as unknown as Target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#contexts.disable();
    return this;
  }
}

/** Spans of handlers nest with or without an SDK; the returned function takes back what was registered. */
export function holdContext({ context, createContextKey, ROOT_CONTEXT }: OpenTelemetry): () => void {
  const key = createContextKey("apus");
  const isHeld = context.with(ROOT_CONTEXT.setValue(key, true), () => context.active().getValue(key) === true);
  if (isHeld) return () => {};
  context.setGlobalContextManager(new ContextHolder(ROOT_CONTEXT));
  return () => context.disable();
}

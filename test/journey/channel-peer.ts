/** Buses of tests, and other processes with one: these publish what they are told to, and tell what they hear. */

import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { channel, postgresBus, redisBus, type BusOptions, type ConnectedBus, type Subscription } from "apus";
import { silentLogger } from "../../src/log/logger.ts";
import { createTestDatabase, servicesFor } from "../services.ts";

export type BusKind = "postgres" | "redis";

export function openBus(kind: BusKind, options: BusOptions): Promise<ConnectedBus> {
  const given = { log: silentLogger, ...options };
  return kind === "postgres" ? postgresBus(given) : redisBus(given);
}

/** The next messages; then the subscription ends. */
export async function take<Message>(subscription: Subscription<Message>, count: number): Promise<readonly Message[]> {
  const taken: Message[] = [];
  for await (const message of subscription) {
    if (taken.push(message) === count) break;
  }
  return taken;
}

/** A place on the server of this kind where nobody else is. */
export interface Place extends AsyncDisposable {
  readonly url: string;
  readonly prefix: string;
  open(): Promise<ConnectedBus>;
}

export async function createPlace(kind: BusKind): Promise<Place> {
  const prefix = `${randomBytes(5).toString("hex")}:`;
  const database = kind === "postgres" ? await createTestDatabase() : undefined;
  const url = database?.url ?? servicesFor("redis").url ?? "";
  return {
    url,
    prefix,
    open: () => openBus(kind, { url, prefix }),
    [Symbol.asyncDispose]: async () => database?.[Symbol.asyncDispose](),
  };
}

export interface Peer extends AsyncDisposable {
  /** Resolves with what was heard when it is so much. */
  hear(count: number): Promise<readonly unknown[]>;
  publish(messages: readonly unknown[]): void;
}

interface PeerSettings {
  readonly kind: BusKind;
  readonly url: string;
  readonly prefix: string;
  readonly name: string;
}

/** Resolves when the process follows the channel. */
export async function startPeer(settings: PeerSettings): Promise<Peer> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ["peer", JSON.stringify(settings)]);
  const heard: unknown[] = [];
  await once(child, "message"); // It is ready.
  child.on("message", (message) => heard.push(message));
  const gone = once(child, "exit").then(() => assert.fail("the other process has ended"));
  gone.catch(() => {});
  return {
    async hear(count) {
      while (heard.length < count) await Promise.race([once(child, "message"), gone]);
      return heard;
    },
    publish: (messages) => void child.send([...messages] as unknown[]),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      await once(child, "exit");
    },
  };
}

if (process.argv[2] === "peer") {
  const { kind, url, prefix, name } = JSON.parse(process.argv[3] ?? "") as PeerSettings;
  const bus = await openBus(kind, { url, prefix });
  process.on("disconnect", () => void bus.close());
  const room = channel(name, { through: bus, capacity: 10_000 });
  const subscription = room.subscribe();
  await subscription.ready;
  process.on("message", (messages: readonly unknown[]) => {
    for (const message of messages) void room.publish(message);
  });
  process.send?.("ready");
  for await (const message of subscription) process.send?.(message);
}

/** The packages that speak with PostgreSQL and Redis, loaded when a bus is made: what is used of them, and nothing else. */

import type { Socket } from "node:net";
import { ApusError } from "../errors/apus-error.ts";

export interface PgNotification {
  readonly channel: string;
  readonly payload?: string;
}

export interface PgClient {
  connect(): Promise<unknown>;
  query(text: string, values?: readonly unknown[]): Promise<unknown>;
  end(): Promise<void>;
  on(event: "notification", listener: (notification: PgNotification) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "end", listener: () => void): this;
}

export interface PgSettings {
  readonly connectionString: string;
  readonly application_name: string;
  readonly connectionTimeoutMillis: number;
  readonly keepAlive: boolean;
  readonly stream: () => Socket;
}

export interface PgPackage {
  readonly Client: new (settings: PgSettings) => PgClient;
}

export interface RedisPipeline {
  publish(channel: string, text: string): this;
  exec(): Promise<readonly (readonly [error: Error | null, result: unknown])[] | null>;
}

export interface RedisClient {
  readonly status: string;
  connect(): Promise<void>;
  subscribe(...channels: readonly string[]): Promise<unknown>;
  unsubscribe(...channels: readonly string[]): Promise<unknown>;
  pipeline(): RedisPipeline;
  ping(): Promise<unknown>;
  quit(): Promise<unknown>;
  disconnect(): void;
  on(event: "message", listener: (channel: string, text: string) => void): this;
  on(event: "error", listener: (error: Error) => void): this;
  on(event: "end", listener: () => void): this;
}

export interface RedisSettings {
  readonly connectionName: string;
  readonly lazyConnect: boolean;
  readonly connectTimeout: number;
  readonly disconnectTimeout: number;
  readonly enableOfflineQueue: boolean;
  readonly maxRetriesPerRequest: number;
  readonly retryStrategy: () => null;
}

export interface RedisPackage {
  readonly Redis: new (url: string, settings: RedisSettings) => RedisClient;
}

/** @throws ApusError APUS_MISSING_PACKAGE */
export async function loadPg(where: string): Promise<PgPackage> {
  try {
    return (await import("pg")) as unknown as PgPackage;
  } catch (cause) {
    throw missing(where, "pg@8", cause);
  }
}

/** @throws ApusError APUS_MISSING_PACKAGE */
export async function loadIoredis(where: string): Promise<RedisPackage> {
  try {
    return await import("ioredis");
  } catch (cause) {
    throw missing(where, "ioredis@6", cause);
  }
}

function missing(where: string, version: string, cause: unknown): ApusError {
  const message = `${where} needs a package that is not installed: npm install ${version}.`;
  return new ApusError("APUS_MISSING_PACKAGE", message, { cause });
}

/** OpenTelemetry's API package, loaded when an app begins that wants it. */

import type * as Api from "@opentelemetry/api";
import { ApusError } from "../errors/apus-error.ts";

export type OpenTelemetry = typeof Api;

/** @throws ApusError APUS_MISSING_PACKAGE */
export async function loadOpenTelemetry(): Promise<OpenTelemetry> {
  try {
    return await import("@opentelemetry/api");
  } catch (cause) {
    const message =
      'telemetry() needs the package "@opentelemetry/api", version 1.9 or a later 1: install it (npm install @opentelemetry/api), or set { openTelemetry: false } for nothing but metrics().';
    throw new ApusError("APUS_MISSING_PACKAGE", message, { cause });
  }
}

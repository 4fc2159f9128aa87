/** What an app can be told when it is made. */

import type { AnyDependency } from "../dependencies/dependency.ts";
import type { GuardOptions } from "../guard/guard-options.ts";
import type { Logger, LogThreshold } from "../log/logger.ts";
import type { ApiDescription } from "../openapi/document-input.ts";
import type { DocsOptions, HealthOptions } from "./builtin-routes.ts";
import type { Converters, NoConverters } from "./router.ts";

export interface LogOptions {
  /** "info" by default; "silent" for nothing. */
  readonly level?: LogThreshold;
  /** Coloured text instead of JSON; by default on a terminal. */
  readonly pretty?: boolean;
  /** One line for each request; true by default. Requests that end with a 5xx are logged as errors in any case. */
  readonly requests?: boolean;
}

export interface AppOptions<Custom extends Converters = NoConverters> extends ApiDescription {
  /** Where the OpenAPI document and its pages are served; false: nowhere. */
  readonly docs?: DocsOptions | false;
  /** Where liveness and readiness are served; false: nowhere. */
  readonly health?: HealthOptions | false;
  /** Options of the built-in logger, a logger of your own, or false for silence. */
  readonly log?: LogOptions | Logger | false;
  /** Tells what held the event loop while the app listened: true by default, unless `log` is false. */
  readonly guard?: GuardOptions | boolean;
  /** Largest accepted body in bytes, 1 MiB by default; operations may set their own. Larger ones get 413. */
  readonly bodyLimit?: number;
  /** Dependencies of every route, run for what they do, before those of routers. */
  readonly use?: readonly AnyDependency[];
  /** Converters for `{name:kind}` of your own, by kind. */
  readonly converters?: Custom;
  /** "production" hides hints such as the nearest route of a 404. By default what NODE_ENV says. */
  readonly mode?: "development" | "production";
}

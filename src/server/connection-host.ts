/** What a connection shares with all others of its engine. */

import type { RequestHandler } from "../http/request-handler.ts";
import type { Deadlined, DeadlineWheel } from "./deadline-wheel.ts";
import type { EngineOptions } from "./engine.ts";
import type { LoadShedder } from "./load-shedder.ts";

export interface ConnectionHost {
  readonly handler: RequestHandler;
  readonly options: EngineOptions;
  readonly wheel: DeadlineWheel;
  readonly shedder: LoadShedder;
  readonly scheme: "http" | "https";
  readonly counters: { requests: number; refused: number; timedOut: number };
  isStopping: boolean;
  /** Called once, when the system has let go of it. */
  closed(connection: Deadlined): void;
}

/** A figure that is read when somebody asks for it. */

import type { Labels } from "./request-watch.ts";

export interface FigurePoint {
  readonly value: number;
  readonly labels: Labels;
}

export interface Figure {
  /** As OpenTelemetry names it. */
  readonly name: string;
  /** In UCUM: "s", "By", "1" for a share; "{connection}" and the like for counts. */
  readonly unit: string;
  /** A counter never falls; a sum goes up and down and may be added up over processes. */
  readonly kind: "counter" | "sum" | "gauge";
  readonly help: string;
  readonly read: () => readonly FigurePoint[];
}

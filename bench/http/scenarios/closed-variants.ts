/** Further loads at full speed: many routes, many connections, large lists. */

import type { ClosedMeasure, Scenario } from "../bench-run.ts";
import type { Feature } from "../peers.ts";
import { json, listExchange, routeExchanges, threeUsed } from "../requests.ts";
import { Series } from "../series.ts";
import { measureSlices } from "../slices.ts";
import { formatRatio, formatSpread } from "../statistics.ts";

const manyRoutes = 1_000;

/** A column of a variant's table: what is asked, and how. */
interface Variant extends Pick<ClosedMeasure, "exchanges" | "connections"> {
  readonly title: string;
  /** 250 when absent; more where few requests fit. */
  readonly sliceMs?: number;
}

interface VariantScenario {
  readonly name: string;
  readonly title: string;
  readonly note: string;
  readonly feature: Feature;
  readonly variants: readonly Variant[];
  readonly env?: Readonly<Record<string, string>>;
}

function createScenario({ name, title, note, feature, variants, env = {} }: VariantScenario): Scenario {
  return {
    name,
    async measure(run) {
      const { quick } = run.settings;
      const measured = new Map<Variant, Series>();
      await run.withServers(
        run.peersWith(feature),
        async (servers) => {
          for (const variant of variants) {
            const { series } = await measureSlices(run, servers, {
              ...variant,
              what: `${name}, ${variant.title}`,
              warmUpMs: quick ? 300 : 600,
              sliceMs: quick ? 150 : (variant.sliceMs ?? 250),
            });
            measured.set(variant, series);
          }
        },
        env,
      );
      const cpu = (id: string, variant: Variant): readonly number[] => measured.get(variant)?.of(id, "cpuUs") ?? [];
      const rows = run
        .peersWith(feature)
        .map(({ id, title: peerTitle }) => [
          peerTitle,
          ...variants.flatMap((variant) => [
            formatSpread(cpu(id, variant)),
            formatRatio(cpu(id, variant), cpu("fastify", variant)),
            formatSpread(measured.get(variant)?.of(id, "perSecond") ?? [], 0),
          ]),
        ]);
      const columns = ["", ...variants.flatMap((variant) => [`${variant.title}: CPU µs`, "× Fastify", "requests/s"])];
      return [
        {
          title,
          note,
          columns,
          rows,
          data: Object.fromEntries([...measured].map(([{ title: what }, series]) => [what, series])),
        },
      ];
    },
  };
}

export const routes: Scenario = createScenario({
  name: "routes",
  title: "1,000 routes",
  note: "Twenty requests spread over 1,000 declared routes with a path parameter each, in turn, on 64 connections.",
  feature: "routes",
  variants: [{ title: "1,000 routes", exchanges: routeExchanges(manyRoutes) }],
  env: { EXTRA_ROUTES: String(manyRoutes) },
});

export const connections: Scenario = createScenario({
  name: "connections",
  title: "1,000 connections",
  note: "GET /json over kept-alive connections that all ask again as soon as they are answered; the main tables are for 64.",
  feature: "load",
  variants: [{ title: "1,000 connections", exchanges: [json], connections: 1_000, sliceMs: 400 }],
});

export const dependencies: Scenario = createScenario({
  name: "dependencies",
  title: "Three dependencies",
  note: "GET /json as it is, and with three functions before the handler: one reads a header, one gives a constant, one needs both. Dependencies here, preHandlers in Fastify, Depends in FastAPI.",
  feature: "dependencies",
  variants: [
    { title: "none", exchanges: [json] },
    { title: "three", exchanges: [threeUsed] },
  ],
});

export const lists: Scenario = createScenario({
  name: "lists",
  title: "Lists through a response schema",
  note: "GET /list/{count}: rows of six fields, of which the schema lets five out. 100 rows on 64 connections, 10,000 on 4.",
  feature: "lists",
  variants: [
    { title: "100 rows", exchanges: [listExchange(100)], connections: 64 },
    { title: "10,000 rows", exchanges: [listExchange(10_000)], connections: 4, sliceMs: 600 },
  ],
});

/** Further loads at full speed: many routes, many connections, large lists. */

import type { ClosedMeasure, Scenario } from "../bench-run.ts";
import type { Feature } from "../peers.ts";
import { json, listExchange, routeExchanges, threeUsed } from "../requests.ts";
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
  readonly variants: readonly [first: Variant, ...rest: readonly Variant[]];
  readonly env?: Readonly<Record<string, string>>;
}

function createScenario({ name, title, note, feature, variants, env = {} }: VariantScenario): Scenario {
  return {
    name,
    async measure(run) {
      const { quick } = run.settings;
      const [first, ...rest] = variants;
      const loads = variants.map(({ sliceMs = 250, ...variant }) => ({ ...variant, sliceMs: quick ? 150 : sliceMs }));
      const slices = { what: name, loads, warmUpMs: quick ? 300 : 600 };
      const measured = await run.withServers(
        run.peersWith(feature),
        async (servers) => measureSlices(run, servers, slices),
        env,
      );
      const of = (id: string, variant: Variant, what: "cpuUs" | "perSecond"): readonly number[] =>
        measured[variants.indexOf(variant)]?.series.of(id, what) ?? [];
      const cpu = (id: string, variant: Variant): readonly number[] => of(id, variant, "cpuUs");
      const rows = run
        .peersWith(feature)
        .map(({ id, title: peerTitle }) => [
          peerTitle,
          ...variants.flatMap((variant) => [
            formatSpread(cpu(id, variant)),
            formatRatio(cpu(id, variant), cpu("fastify", variant)),
            formatSpread(of(id, variant, "perSecond"), 0),
          ]),
          ...rest.map((variant) => formatRatio(cpu(id, variant), cpu(id, first))),
        ]);
      const columns = [
        "",
        ...variants.flatMap((variant) => [`${variant.title}: CPU µs`, "× Fastify", "requests/s"]),
        ...rest.map((variant) => `${variant.title} ÷ ${first.title}`),
      ];
      return [
        {
          title,
          note,
          columns,
          rows,
          data: Object.fromEntries(variants.map(({ title: what }, index) => [what, measured[index]?.series])),
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

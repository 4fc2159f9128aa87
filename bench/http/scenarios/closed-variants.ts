/** Further loads at full speed: many routes, many connections, large lists. */

import type { ClosedMeasure, Scenario } from "../bench-run.ts";
import type { Feature } from "../peers.ts";
import { json, listExchange, routeExchanges, threeUsed } from "../requests.ts";
import { Series } from "../series.ts";
import { formatRatio, formatSpread } from "../statistics.ts";

const manyRoutes = 1_000;

/** A column of a variant's table: what is asked, and how. */
interface Variant extends Pick<ClosedMeasure, "exchanges" | "connections"> {
  readonly title: string;
  /** 600 when absent; more where few requests fit. */
  readonly measureMs?: number;
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
      const { quick, rounds } = run.settings;
      const series = new Series(rounds);
      for (let round = 0; round < rounds; round++) {
        for (const peer of run.peersWith(feature)) {
          if (!run.hasTime(`round ${round + 1} of ${title}`)) break;
          run.say(`${name}, round ${round + 1}: ${peer.title}`);
          const measure = async (server: Parameters<Parameters<typeof run.withServer>[1]>[0]): Promise<void> => {
            for (const variant of variants) {
              const closed = await run.measureClosed(server, {
                ...variant,
                warmUpMs: quick ? 200 : 400,
                measureMs: quick ? 300 : (variant.measureMs ?? 600),
              });
              if (closed === undefined) continue;
              series.note(peer, round, {
                [`${variant.title}: cpuUs`]: closed.cpuUs,
                [`${variant.title}: perSecond`]: closed.perSecond,
              });
            }
          };
          await run.withServer(peer, measure, env);
        }
      }
      const cpu = (id: string, variant: Variant): readonly number[] => series.of(id, `${variant.title}: cpuUs`) ?? [];
      const rows = run
        .peersWith(feature)
        .map(({ id, title: peerTitle }) => [
          peerTitle,
          ...variants.flatMap((variant) => [
            formatSpread(cpu(id, variant)),
            formatRatio(cpu(id, variant), cpu("fastify", variant)),
            formatSpread(series.of(id, `${variant.title}: perSecond`) ?? [], 0),
          ]),
        ]);
      const columns = ["", ...variants.flatMap((variant) => [`${variant.title}: CPU µs`, "× Fastify", "requests/s"])];
      return [{ title, note, columns, rows, data: series }];
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
  variants: [{ title: "1,000 connections", exchanges: [json], connections: 1_000, measureMs: 800 }],
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
    { title: "10,000 rows", exchanges: [listExchange(10_000)], connections: 4, measureMs: 1_500 },
  ],
});

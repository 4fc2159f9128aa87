/** A row of PostgreSQL for each request: apus/sql beside pg used directly. */

import type { Scenario } from "../bench-run.ts";
import { typeRow, typeRowWithin } from "../requests.ts";
import { measureSlices } from "../slices.ts";
import { formatRatio, formatSpread } from "../statistics.ts";

const variants = [
  { title: "one SELECT", exchanges: [typeRow] },
  { title: "in a transaction", exchanges: [typeRowWithin] },
];

const note =
  "One row by its key from PostgreSQL on this machine, a statement that is prepared, 8 connections to the database, 64 of HTTP. " +
  "Fastify with pg and nothing else; Apus with apus/sql. CPU time is the server's own, without PostgreSQL's.";

export const sql: Scenario = {
  name: "sql",
  runsWhenNamed: true,
  async measure(run) {
    const place = "sql";
    if ((process.env["DATABASE_URL"] ?? "") === "") {
      const message = "left out: DATABASE_URL is not set (node scripts/services.ts run postgres -- …)";
      run.remark({ place, message, isFailure: false });
      return [];
    }
    const message = "FastAPI with SQLAlchemy and asyncpg is not among the peers";
    run.remark({ place, message, isFailure: false });
    const { quick } = run.settings;
    const loads = variants.map((variant) => ({ ...variant, sliceMs: quick ? 150 : 300 }));
    const measured = await run.withServers(
      run.peersWith("sql"),
      async (servers) => measureSlices(run, servers, { what: "sql", loads, warmUpMs: quick ? 400 : 1_000 }),
      { SQL: "yes" },
    );
    const of = (id: string, index: number, what: "cpuUs" | "perSecond"): readonly number[] =>
      measured[index]?.series.of(id, what) ?? [];
    const rows = run.peersWith("sql").map(({ id, title }) => [
      title,
      ...variants.flatMap((_, index) => {
        const cpu = of(id, index, "cpuUs");
        return [
          formatSpread(
            cpu.map((each) => 1e6 / each),
            0,
          ),
          formatSpread(cpu),
          formatRatio(cpu, of("fastify", index, "cpuUs")),
          formatSpread(of(id, index, "perSecond"), 0),
        ];
      }),
    ]);
    const columns = [
      "",
      ...variants.flatMap(({ title }) => [
        `${title}: requests per CPU second`,
        "CPU µs",
        "CPU × Fastify",
        "requests/s",
      ]),
    ];
    const data = Object.fromEntries(variants.map(({ title }, index) => [title, measured[index]?.series]));
    return [{ title: "A row of PostgreSQL", note, columns, rows, data }];
  },
};

/** A job that computes: on the event loop, where everybody waits for it, and offloaded to a worker thread. */

import { Router } from "apus";
import { z } from "zod";
import { countPrimes, countPrimesInWorker } from "./primes.ts";

const Count = z.object({
  primes: z.int(),
  thread: z.int().describe("The thread that has counted: 0 is the main thread, whose event loop answers all requests."),
});

const operation = {
  query: z.object({
    to: z.int().min(2).max(2_000_000).default(1_000_000).describe("A million takes some 200 ms."),
  }),
  response: Count,
};

export const cpu = new Router({ prefix: "/cpu", tags: ["computing"] });

export const countBlocking = cpu.get(
  "/blocking",
  {
    ...operation,
    summary: "Count primes on the event loop",
    description:
      "Until the answer is there, the server does nothing else: ask for `/wait/0` meanwhile. The loop guard logs what held it.",
  },
  ({ query }) => countPrimes(query.to),
);

export const countOffloaded = cpu.get(
  "/offloaded",
  {
    ...operation,
    summary: "Count primes in a worker thread",
    description: "The same job, offloaded: `/wait/0` is answered at once meanwhile.",
    errors: { 503: "Too many jobs wait", 504: "The job took too long" },
  },
  ({ query }) => countPrimesInWorker(query.to),
);

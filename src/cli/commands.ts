/** The commands of `apus`; what does a command's work is loaded when it is called. */

import type { Command } from "./command.ts";

export const commands: readonly Command[] = [
  {
    name: "dev",
    summary: "Serves an app and restarts it when one of its files changes",
    options: {
      port: { value: "PORT", description: "8000, or what PORT says" },
      host: { value: "HOST", description: "127.0.0.1, or what HOST says" },
    },
    notes: ["NODE_ENV is development unless it is set. .env is read, and watched like the modules of the app."],
    run: async (input) => (await import("./run-dev.ts")).runDev(input),
  },
  {
    name: "start",
    summary: "Serves an app for production",
    options: {
      port: { value: "PORT", description: "8000, or what PORT says" },
      host: { value: "HOST", description: "0.0.0.0 (every interface), or what HOST says" },
      workers: { value: "N", description: "processes that share the port; 1 by default" },
    },
    notes: [
      "NODE_ENV is production unless it is set. .env is read.",
      "SIGTERM and SIGINT stop gracefully, a second one at once. With workers, SIGHUP replaces them one by one.",
    ],
    run: async (input) => (await import("./run-start.ts")).runStart(input),
  },
  {
    name: "routes",
    summary: "Lists the routes of an app",
    options: { json: { description: "JSON instead of a table" } },
    run: async (input) => (await import("./list-routes.ts")).listRoutes(input),
  },
  {
    name: "openapi",
    summary: "Prints the OpenAPI document of an app",
    options: { out: { value: "FILE", description: "writes it there instead" } },
    run: async (input) => (await import("./print-openapi.ts")).printOpenapi(input),
  },
];

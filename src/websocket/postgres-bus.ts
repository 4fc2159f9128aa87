/** Channels through PostgreSQL: LISTEN and NOTIFY over one connection of `pg`. */

import { Socket } from "node:net";
import type { BusLink, BusLinkEvents, BusMessage } from "./bus-link.ts";
import type { ConnectedBus } from "./channel-bus.ts";
import { createConnectedBus } from "./connected-bus.ts";
import { loadPg, type PgClient, type PgPackage } from "./load-bus-package.ts";
import { PayloadReader, PayloadWriter } from "./notify-payload.ts";
import { readBusOptions, type BusOptions } from "./read-bus-options.ts";

/**
 * Connects channels through PostgreSQL (`postgres://…`), for `channel(name, { through })`; close it when the app ends.
 * @throws ApusError APUS_BAD_OPTION, APUS_MISSING_PACKAGE, and what `pg` throws when it cannot connect
 */
export async function postgresBus(options: BusOptions): Promise<ConnectedBus> {
  const settings = readBusOptions("postgresBus", options, ["postgres", "postgresql"]);
  const pg = await loadPg("postgresBus()");
  const writer = new PayloadWriter();
  const open = (events: BusLinkEvents): Promise<BusLink> => openLink({ pg, url: options.url, writer, events });
  return createConnectedBus({ ...settings, title: "PostgreSQL", open });
}

interface LinkParts {
  readonly pg: PgPackage;
  readonly url: string;
  readonly writer: PayloadWriter;
  readonly events: BusLinkEvents;
}

async function openLink({ pg, url, writer, events }: LinkParts): Promise<BusLink> {
  // Ours, so that it can be cut: the client itself waits for an answer.
  const socket = new Socket();
  const client = new pg.Client({
    connectionString: url,
    application_name: "apus channels",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    stream: () => socket,
  });
  const reader = new PayloadReader();
  client.on("notification", ({ channel, payload = "" }) => {
    const text = reader.read(channel, payload);
    if (text !== undefined) events.receive({ channel, text });
  });
  client.on("error", (error) => events.lost(error));
  client.on("end", () => events.lost(new Error("The connection was closed.")));
  try {
    await client.connect();
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return new PostgresLink(client, writer, socket);
}

class PostgresLink implements BusLink {
  readonly #client: PgClient;
  readonly #writer: PayloadWriter;
  readonly #socket: Socket;

  constructor(client: PgClient, writer: PayloadWriter, socket: Socket) {
    this.#client = client;
    this.#writer = writer;
    this.#socket = socket;
  }

  // The names have nothing in them that would have to be quoted; the quotes keep capitals.
  async follow(channels: readonly string[]): Promise<void> {
    await this.#client.query(channels.map((channel) => `LISTEN "${channel}"`).join(";"));
  }

  async unfollow(channels: readonly string[]): Promise<void> {
    await this.#client.query(channels.map((channel) => `UNLISTEN "${channel}"`).join(";"));
  }

  /** One statement is one transaction: its notifications go out together, in this order. */
  async publish(messages: readonly BusMessage[]): Promise<void> {
    const channels: string[] = [];
    const payloads: string[] = [];
    for (const { channel, text } of messages) {
      for (const payload of this.#writer.write(text)) {
        channels.push(channel);
        payloads.push(payload);
      }
    }
    const statement = "SELECT count(pg_notify(c, p)) FROM unnest($1::text[], $2::text[]) AS t (c, p)";
    await this.#client.query(statement, [channels, payloads]);
  }

  async probe(): Promise<void> {
    await this.#client.query("SELECT 1");
  }

  async end(): Promise<void> {
    await this.#client.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

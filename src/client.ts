/** `apus/client`: the typed client, for Node and browsers. */

export { createClient } from "./client/create-client.ts";
export type { ClientOptions } from "./client/create-client.ts";
export { ClientError } from "./client/client-error.ts";
export type {
  CallSettings,
  Client,
  ClientArguments,
  ClientInput,
  ClientMethod,
  ClientOutcome,
  ClientResult,
  ConnectInput,
  ConnectMethod,
  Json,
  UploadProgress,
} from "./client/client-types.ts";
export type { ClientEvent } from "./client/read-items.ts";
export type { ClientSocket, ClientSocketEnd, ConnectSettings } from "./client/socket-types.ts";

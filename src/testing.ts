/** `apus/testing`: the test client. */

export { testClient } from "./testing/test-client.ts";
export type { TestClient, TestClientOptions } from "./testing/test-client.ts";
export type { TestSocket } from "./testing/test-socket.ts";
export { SocketRefusedError } from "./websocket/connect-socket.ts";
export type { ConnectOptions } from "./websocket/connect-socket.ts";

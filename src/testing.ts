/** `apus/testing`: the test client, and a stub for the services that an app calls. */

export { stubUpstream } from "./testing/stub-upstream.ts";
export type { StubCall, StubRoute, StubRoutes, StubUpstream } from "./testing/stub-upstream.ts";
export { testClient } from "./testing/test-client.ts";
export type { TestClient, TestClientOptions } from "./testing/test-client.ts";
export type { TestSocket } from "./testing/test-socket.ts";
export { SocketRefusedError } from "./websocket/connect-socket.ts";
export type { ConnectOptions } from "./websocket/connect-socket.ts";

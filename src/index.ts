/** `apus`: everything that an application declares and serves with. */

export { App } from "./app/app.ts";
export type { AppOptions, LogOptions } from "./app/app-options.ts";
export type { DocsOptions, HealthOptions } from "./app/builtin-routes.ts";
export type { HealthCheck, ReadinessOptions } from "./app/readiness-checks.ts";
export type { Declare } from "./app/declare.ts";
export type { RouteDescription } from "./app/describe-routes.ts";
export type { ErrorClass, ErrorHandler } from "./app/error-handlers.ts";
export type { Lifespan } from "./app/lifespan.ts";
export { Router } from "./app/router.ts";
export type { IncludeOptions, RouterOptions } from "./app/router.ts";
export type { ListenOptions, RunningServer } from "./app/running-server.ts";
export type {
  DeclareWebsocket,
  WebsocketInput,
  WebsocketOperation,
  WebsocketOptions,
} from "./app/websocket-options.ts";
export { dependency, scoped } from "./dependencies/dependency.ts";
export type {
  Dependency,
  DependencyInput,
  DependencyOptions,
  SecurityUse,
  ValueOf,
} from "./dependencies/dependency.ts";
export type { HandlerTools } from "./dependencies/handler-tools.ts";
export { ApusError } from "./errors/apus-error.ts";
export type { ErrorCode } from "./errors/apus-error.ts";
export { fail, HttpError, ValidationError } from "./errors/http-error.ts";
export type { HttpErrorOptions, ProblemInit } from "./errors/http-error.ts";
export type { Issue, Problem, ValidationProblem } from "./errors/problem.ts";
export { file } from "./files/file-reply.ts";
export type { FileOptions } from "./files/file-reply.ts";
export { staticFiles } from "./files/static-files.ts";
export type { StaticFilesInput, StaticFilesOptions } from "./files/static-files.ts";
export type { GuardOptions } from "./guard/guard-options.ts";
export type { HeldSite } from "./guard/held-sites.ts";
export { loopGuardReport } from "./guard/loop-guard.ts";
export type { HttpRequest, RequestBody, RequestHeaders } from "./http/http-request.ts";
export type { HeaderLine, HttpResponse, ResponseBody } from "./http/http-response.ts";
export type { RequestHandler } from "./http/request-handler.ts";
export type { CookieOptions } from "./http/set-cookie.ts";
export type { LogFields, Logger, LogLevel, LogThreshold } from "./log/logger.ts";
export type { Middleware, Next } from "./middleware/middleware.ts";
export { upload, uploads } from "./multipart/upload-field.ts";
export type {
  ManyUploadsOptions,
  OneUploadOptions,
  UploadField,
  UploadFields,
  UploadOptions,
} from "./multipart/upload-field.ts";
export type { SaveOptions } from "./multipart/save-file.ts";
export type { FileInfo, UploadedFile } from "./multipart/uploaded-file.ts";
export type { StreamedFile } from "./multipart/streamed-file.ts";
export type { OpenApiDocument } from "./openapi/openapi-document.ts";
export { eventLog } from "./operation/event-log.ts";
export type { EventGap, EventLog, EventLogOptions, FollowOptions } from "./operation/event-log.ts";
export { lastEventId } from "./operation/last-event-id.ts";
export type { LastEventIdHeaders, LastEventIdOptions } from "./operation/last-event-id.ts";
export type { HandlerInput, Operation, OperationOptions, ResponseDescription } from "./operation/operation.ts";
export { empty, html, redirect, Reply, reply, stream, text } from "./operation/reply.ts";
export type { ContentInit, RedirectInit, ReplyInit, StreamInit } from "./operation/reply.ts";
export type { ResponseHead } from "./http/response-head.ts";
export { event, ServerEvent } from "./operation/server-event.ts";
export type { ServerEventInit } from "./operation/server-event.ts";
export { csvBody, jsonLinesBody, rawBody, streamBody } from "./parameters/body-format.ts";
export type {
  BodyFormat,
  BytesBodyOptions,
  CsvBodyOptions,
  JsonLinesBodyOptions,
  SentBytes,
  SentRows,
} from "./parameters/body-format.ts";
export type { Converter } from "./routing/converter.ts";
export type { PathParams } from "./routing/path-template.ts";
export { createMemorySessionStore } from "./security/memory-session-store.ts";
export type { MemorySessionStoreOptions } from "./security/memory-session-store.ts";
export type { Session } from "./security/request-session.ts";
export { session } from "./security/session.ts";
export type { SessionCookieOptions, SessionDependency, SessionKey, SessionOptions } from "./security/session.ts";
export type { SessionStore, StoredSession, WrittenSession } from "./security/session-store.ts";
export type { FrozenSettings } from "./settings/frozen-settings.ts";
export { readSettings } from "./settings/read-settings.ts";
export type { SettingsOptions } from "./settings/read-settings.ts";
export type { SettingsFile } from "./settings/setting-sources.ts";
export type { StandardSchema } from "./schema/standard-schema.ts";
export { anyOf } from "./security/any-of.ts";
export { apiKey } from "./security/api-key.ts";
export type { ApiKeyOptions } from "./security/api-key.ts";
export { basic } from "./security/basic.ts";
export type { BasicCredentials, BasicOptions } from "./security/basic.ts";
export { bearer } from "./security/bearer.ts";
export type { BearerOptions, TokenOptions } from "./security/bearer.ts";
export { equalSecrets } from "./security/equal-secrets.ts";
export { oauth2 } from "./security/oauth2.ts";
export type { OAuth2CodeFlow, OAuth2Flows, OAuth2Options, OAuth2TokenFlow } from "./security/oauth2.ts";
export { openIdConnect } from "./security/open-id-connect.ts";
export type { OpenIdConnectOptions } from "./security/open-id-connect.ts";
export { passwordForm } from "./security/password-form.ts";
export type { PasswordForm, PasswordFormInput } from "./security/password-form.ts";
export { hashPassword, needsRehash, verifyPassword } from "./security/password-hash.ts";
export type { PasswordHashOptions } from "./security/password-hash.ts";
export { requireScopes } from "./security/required-scopes.ts";
export type { Scheme, SchemeOptions, Verified, Verify, VerifyTools } from "./security/scheme.ts";
export type { EngineKind, EngineOptions } from "./server/engine.ts";
export { channel } from "./websocket/channel.ts";
export type { Channel, ChannelMember, ChannelOptions } from "./websocket/channel.ts";
export type { BusListener, ChannelBus, ConnectedBus } from "./websocket/channel-bus.ts";
export type { Following, Subscription } from "./websocket/channel-follower.ts";
export { postgresBus } from "./websocket/postgres-bus.ts";
export type { BusOptions } from "./websocket/read-bus-options.ts";
export { redisBus } from "./websocket/redis-bus.ts";
export { SocketClosedError } from "./websocket/socket-closed-error.ts";
export type { MessageIssue, SocketEnd, TypedSocket } from "./websocket/typed-socket.ts";

/** `apus/http-client`: calls to other services. */

export { createHttpClient, httpClient } from "./fetcher/create-http-client.ts";
export { all, firstOf, race } from "./fetcher/run-together.ts";
export type { Started } from "./fetcher/run-together.ts";
export { UpstreamError } from "./fetcher/upstream-error.ts";
export type {
  UnexpectedAnswer,
  UpstreamErrorInit,
  UpstreamErrorKind,
  UpstreamStage,
} from "./fetcher/upstream-error.ts";
export type { AnswerHeaders } from "./fetcher/answer-headers.ts";
export type { UpstreamAnswer } from "./fetcher/upstream-answer.ts";
export type { UpstreamStream } from "./fetcher/upstream-stream.ts";
export type { AddressGuardOptions, ResolveName } from "./fetcher/address-guard.ts";
export type {
  BreakerOptions,
  HttpClientOptions,
  RedirectOptions,
  RetryOptions,
  UpstreamCacheOptions,
  UpstreamTimeouts,
  UpstreamTls,
} from "./fetcher/http-client-options.ts";
export type {
  CallContent,
  CallResult,
  HttpClient,
  HttpClientStats,
  OriginStats,
  PathValue,
  QueryInput,
  StreamCall,
  UntrustedCall,
  UpstreamCall,
  UpstreamMethod,
} from "./fetcher/upstream-calls.ts";

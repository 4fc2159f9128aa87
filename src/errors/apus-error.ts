/** The closed list of coded errors that Apus throws at the developer: wrong declarations, wrong use, missing packages. */

/** Every code, with the one sentence that `docs/errors/CODE.md` opens with. */
export const errorCodes = {
  APUS_ALREADY_LISTENING: "The app listens already, or is being started or stopped.",
  APUS_BAD_OPTION: "An option has a value that it cannot have.",
  APUS_BAD_TEMPLATE: "A path template cannot be read.",
  APUS_DEPENDENCY_CYCLE: "A dependency uses itself, directly or through others.",
  APUS_DEPENDENCY_SCOPE: "A dependency uses one that does not live as long as it does.",
  APUS_DEPENDENCY_YIELD: "A dependency that is a generator did not yield exactly once.",
  APUS_DUPLICATE_CONVERTER: "Two different converters have the same name.",
  APUS_DUPLICATE_OPERATION_ID: "Two operations were given the same operationId.",
  APUS_DUPLICATE_ROUTE: "Two routes answer the same method and path.",
  APUS_FROZEN: "The app was changed after it had been started.",
  APUS_HEAD_SENT: "The response head was changed after it had left.",
  APUS_INVALID_HEADER: "A response header has a name or value that HTTP does not allow.",
  APUS_INVALID_RESPONSE: "A handler returned what its declared response does not allow.",
  APUS_LIFESPAN: "A lifespan did not yield exactly once.",
  APUS_MIGRATION: "A migration of a database cannot be read, or has failed.",
  APUS_MISSING_PACKAGE: "An optional package that this declaration needs is not installed.",
  APUS_NOT_A_SCHEMA: "A value stands where a schema is needed.",
  APUS_OFFLOAD: "A function could not be run in a worker.",
  APUS_PARAMETER_MISMATCH: "The path template and the path schema name different parameters.",
  APUS_ROUTER_CYCLE: "A router includes itself, directly or through others.",
  APUS_SCHEMA_NAME_CLASH: "Two different schemas were given the same name.",
  APUS_SESSION: "The data of a session cannot be kept.",
  APUS_SETTINGS: "Settings are missing, or do not fit their schema.",
  APUS_SQL_SESSION: "A SQL session was used after its transaction had ended, or around it.",
  APUS_TASK_INPUT: "The input of a task does not fit its schema, or JSON cannot carry it.",
  APUS_TASK_QUEUE: "A task was enqueued, or a queue was used, where no queue is running that has it.",
  APUS_TASK_STORE: "The store of a task queue cannot do what was asked of it.",
  APUS_UNDESCRIBABLE_SCHEMA: "A schema has no JSON Schema, and this place needs one.",
  APUS_UNKNOWN_CONVERTER: "A path template names a converter that nobody registered.",
  APUS_UNKNOWN_OPERATION: "A URL was asked for an operation that this app does not serve.",
  APUS_UNSERIALIZABLE: "A handler returned a value that JSON cannot carry.",
  APUS_URL_PARAMETER: "A URL was asked for with a parameter missing or malformed.",
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** A mistake in the program, not in a request. `code` is stable; `message` names the place and the remedy. */
export class ApusError extends Error {
  override readonly name = "ApusError";
  readonly code: ErrorCode;
  /** The message without the code. */
  readonly reason: string;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(`${message} (${code})`, options);
    this.code = code;
    this.reason = message;
  }
}

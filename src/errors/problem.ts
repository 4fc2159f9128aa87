/** Problem documents (RFC 9457): their shape, and the title of each status. */

/** One thing wrong with one input. `pointer` is a JSON Pointer (RFC 6901) inside `in`. The rejected value is never echoed. */
export interface Issue {
  readonly in: "path" | "query" | "header" | "cookie" | "body" | "form";
  readonly pointer: string;
  readonly message: string;
  readonly code: string;
}

/** The members that every problem document has; anything else is an extension member. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string | undefined;
  readonly instance?: string | undefined;
}

/** The document of a 422: a problem with every issue of every place. */
export interface ValidationProblem extends Problem {
  readonly errors: readonly Issue[];
}

const titles: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [402, "Payment Required"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [405, "Method Not Allowed"],
  [406, "Not Acceptable"],
  [408, "Request Timeout"],
  [409, "Conflict"],
  [410, "Gone"],
  [411, "Length Required"],
  [412, "Precondition Failed"],
  [413, "Content Too Large"],
  [414, "URI Too Long"],
  [415, "Unsupported Media Type"],
  [416, "Range Not Satisfiable"],
  [417, "Expectation Failed"],
  [418, "I'm a teapot"],
  [421, "Misdirected Request"],
  [422, "Unprocessable Content"],
  [423, "Locked"],
  [424, "Failed Dependency"],
  [425, "Too Early"],
  [426, "Upgrade Required"],
  [428, "Precondition Required"],
  [429, "Too Many Requests"],
  [431, "Request Header Fields Too Large"],
  [451, "Unavailable For Legal Reasons"],
  [500, "Internal Server Error"],
  [501, "Not Implemented"],
  [502, "Bad Gateway"],
  [503, "Service Unavailable"],
  [504, "Gateway Timeout"],
  [505, "HTTP Version Not Supported"],
  [507, "Insufficient Storage"],
  [508, "Loop Detected"],
  [511, "Network Authentication Required"],
]);

/** The title of an error status: the registered phrase, or the phrase of its class. */
export function titleOf(status: number): string {
  return titles.get(status) ?? (status < 500 ? "Client Error" : "Server Error");
}

/** The type of `app.get`, `router.post` and their kind: from a path literal and options to a typed operation. */

import type { Handler, HandlerInput, KnownOptions, Operation, OperationOptions } from "../operation/operation.ts";
import type { JoinPath, PathParams } from "../routing/path-template.ts";

// oxlint-disable-next-line typescript/no-empty-object-type -- "nothing declared", as a type that adds no keys
type NoOptions = {};

/** Declares an endpoint of one method and returns it as a value to export. */
export interface Declare<M extends string, Prefix extends string, Custom> {
  <const Path extends string, Result>(
    path: Path,
    handler: (input: HandlerInput<PathParams<JoinPath<Prefix, Path>, Custom>, NoOptions>) => Result,
  ): Operation<M, JoinPath<Prefix, Path>, NoOptions, PathParams<JoinPath<Prefix, Path>, Custom>, Result>;

  <const Path extends string, const Options extends OperationOptions, Result>(
    path: Path,
    options: Options & KnownOptions<Options>,
    handler: Handler<PathParams<JoinPath<Prefix, Path>, Custom>, Options, Result>,
  ): Operation<M, JoinPath<Prefix, Path>, Options, PathParams<JoinPath<Prefix, Path>, Custom>, Result>;
}

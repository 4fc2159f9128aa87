/** The body of an operation that its dependencies read, too: received and parsed once, validated by each. */

import type { CompiledPlan, DependencyContent } from "../dependencies/compile-dependencies.ts";
import { nameDependency } from "../dependencies/dependency.ts";
import type { DependencyScope } from "../dependencies/scope.ts";
import { ApusError } from "../errors/apus-error.ts";
import type { Issue } from "../errors/problem.ts";
import { isBodyFormat } from "../parameters/body-format.ts";
import { readSharedBody, type BodyPart, type BodyStep, type SharedBody } from "../parameters/read-body.ts";
import { compileForm, type FormStep } from "./compile-form.ts";
import type { Operation, OperationOptions } from "./operation.ts";
import { readForm } from "./read-form.ts";
import type { RequestContext } from "./request-context.ts";

/** Who reads the body: the operation first, where it does, then dependencies in the plan's order. */
export interface SharedContent extends SharedBody {
  readonly place: BodyPart["place"];
  /** How it is received when it is a form. */
  readonly form: FormStep | undefined;
}

/** What an operation itself says of its body. */
interface ContentOwner {
  readonly operation: Operation;
  readonly options: OperationOptions;
  readonly body: BodyStep | undefined;
  readonly bodyLimit: number;
}

/** Plans are made again while something is replaced; each has a list of its own. */
const compiled = new WeakMap<readonly DependencyContent[], SharedContent>();

/** @throws ApusError APUS_BAD_OPTION when one needs JSON and another one a form */
export function compileSharedContent(
  { operation, options, body, bodyLimit }: ContentOwner,
  contents: readonly DependencyContent[],
): SharedContent {
  const known = compiled.get(contents);
  if (known !== undefined) return known;
  const where = `${operation.method} ${operation.path} at ${operation.declaredAt}`;
  if (isBodyFormat(options.body)) {
    const { dependency, part } = contents[0] as DependencyContent;
    const why = `${nameDependency(dependency)} declares ${part.place}, where the operation's body is not JSON`;
    throw new ApusError("APUS_BAD_OPTION", `${where}: ${why}; a request has one of them.`);
  }
  const own = body?.place ?? (options.files === undefined ? undefined : "form");
  const place = own ?? (contents[0] as DependencyContent).part.place;
  const other = contents.find(({ part }) => part.place !== place);
  if (other !== undefined) {
    const why = `${nameDependency(other.dependency)} declares ${other.part.place}, where ${own === undefined ? "another dependency" : "the operation"} declares ${place}`;
    throw new ApusError("APUS_BAD_OPTION", `${where}: ${why}; a request has one of them.`);
  }
  const parts = [...(body === undefined ? [] : [body]), ...contents.map(({ part }) => part)];
  const form = place === "form" ? compileForm(options, parts, { where, bodyLimit }) : undefined;
  const content = { place, parts, form, limit: options.bodyLimit ?? bodyLimit };
  compiled.set(contents, content);
  return content;
}

/** What a request is read into. */
export interface ContentReaders {
  readonly plan: CompiledPlan;
  readonly scope: DependencyScope;
  readonly context: RequestContext;
}

/** Gives the context and every dependency their values; with issues added for what does not fit. @throws as `readBody()` and `readForm()` do */
export async function readSharedContent(
  operation: ContentOwner,
  { plan, scope, context }: ContentReaders,
  issues: Issue[],
): Promise<void> {
  const content = compileSharedContent(operation, plan.contents);
  const { place, form } = content;
  const values = await (form === undefined
    ? readSharedBody(content, context.request, issues)
    : readForm(form, context, issues));
  const ownCount = content.parts.length - plan.contents.length;
  if (ownCount > 0) context[place] = values[0];
  for (const [position, { index }] of plan.contents.entries()) {
    scope.giveContent(index, place, values[ownCount + position]);
  }
}

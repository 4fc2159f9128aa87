/** One of several security schemes, whichever a request has the credentials of. */

import type { AnyDependency, Dependency, ValueOf } from "../dependencies/dependency.ts";
import { ApusError } from "../errors/apus-error.ts";
import { MissingCredentials, type Challenge } from "./challenge.ts";
import { refusalOf, registerScheme, runScheme, type VerifyTools } from "./scheme.ts";

/**
 * The value of the first scheme that the request has credentials of, documented as alternatives. Credentials that are
 * there and wrong are refused: the next scheme is not tried. Without any, a 401 names them all, or the value is
 * undefined when one of them is optional.
 * @throws ApusError APUS_BAD_OPTION
 */
export function anyOf<const Schemes extends readonly AnyDependency[]>(
  ...schemes: Schemes
): Dependency<ValueOf<Schemes[number]>> {
  const refusals = schemes.map((scheme) => refusalOf(scheme, "anyOf()"));
  const [refused] = refusals;
  if (refused === undefined || schemes.length < 2) {
    throw new ApusError("APUS_BAD_OPTION", "anyOf() takes at least two schemes: use a single one as it is.");
  }
  const security = schemes.flatMap(({ options }: Dependency) => options.security ?? []);
  const optional = schemes.some(({ options }: Dependency) => options.optional === true);
  const provide = (tools: VerifyTools): Promise<unknown> => provideFirst(schemes, tools);
  return registerScheme({ factory: "anyOf", security, optional, provide, refused }) as Dependency<
    ValueOf<Schemes[number]>
  >;
}

async function provideFirst(schemes: readonly Dependency[], tools: VerifyTools): Promise<unknown> {
  const challenges: Challenge[] = [];
  let isOptional = false;
  for (const scheme of schemes) {
    try {
      const value = await runScheme(scheme, tools);
      if (value !== undefined) return value;
      isOptional = true;
    } catch (error) {
      if (!(error instanceof MissingCredentials)) throw error;
      challenges.push(...error.challenges);
    }
  }
  if (isOptional) return undefined;
  throw new MissingCredentials(challenges);
}

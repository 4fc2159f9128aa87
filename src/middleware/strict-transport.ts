/** The `strict-transport-security` field (RFC 6797 §6.1): tells browsers to come over https only. */

import { checkOptionNames, refuseOption } from "../errors/factory-options.ts";

export interface StrictTransportOptions {
  /** Seconds that browsers remember it; one year by default, 0 makes them forget. */
  readonly maxAge?: number | undefined;
  /** Also for every host below this one. Default false. */
  readonly includeSubDomains?: boolean | undefined;
  /** Asks for a place in the lists that browsers ship with; needs a year and `includeSubDomains`. Default false. */
  readonly preload?: boolean | undefined;
}

const year = 31_536_000;

/** The field's value; `place` is the option that holds these, for messages. @throws ApusError APUS_BAD_OPTION */
export function buildStrictTransport(place: string, options: StrictTransportOptions): string {
  checkOptionNames(place, options, ["maxAge", "includeSubDomains", "preload"]);
  const { maxAge = year, includeSubDomains = false, preload = false } = options;
  if (!Number.isSafeInteger(maxAge) || maxAge < 0) {
    throw refuseOption(`${place}.maxAge`, maxAge, "a whole number of seconds, 0 or more");
  }
  for (const [name, value] of Object.entries({ includeSubDomains, preload })) {
    if (typeof value !== "boolean") throw refuseOption(`${place}.${name}`, value, "true or false");
  }
  if (preload && (maxAge < year || !includeSubDomains)) {
    const wanted = `false, or stand beside includeSubDomains: true and a maxAge of at least ${year}`;
    throw refuseOption(`${place}.preload`, preload, wanted);
  }
  return `max-age=${maxAge + 0}${includeSubDomains ? "; includeSubDomains" : ""}${preload ? "; preload" : ""}`;
}

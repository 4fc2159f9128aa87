/** Compares secrets in a time that tells neither where they differ nor how long they are. */

import { hash, timingSafeEqual } from "node:crypto";

/** Whether a secret that somebody sent is the expected one. */
export function equalSecrets(sent: string, expected: string): boolean {
  return timingSafeEqual(digestSecret(sent), digestSecret(expected));
}

/** Whether it is one of those whose digests are given; each is looked at, whichever fits. */
export function isKnownSecret(sent: string, digests: readonly Uint8Array[]): boolean {
  const digest = digestSecret(sent);
  let found = false;
  for (const known of digests) {
    const isEqual = timingSafeEqual(digest, known);
    found = found || isEqual;
  }
  return found;
}

/** Of one length whatever the secret's, which `timingSafeEqual` needs. */
export function digestSecret(secret: string): Uint8Array {
  return hash("sha256", secret, "buffer");
}

/** Web origins as text (RFC 6454 §6.2, HTML "ASCII serialization"): scheme, host and port, written in one way. */

/** Neither path, query, fragment, user information nor space behind the scheme. */
const originForm = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<authority>[^/?#\\@\s]+)$/i;
const hostForm = /^[a-z0-9.:[\]_-]+$/;

/**
 * The origin in lower case, without its scheme's default port, names in Punycode; `undefined` for what is none.
 * Schemes of apps (`capacitor://localhost`) are origins too; "null" is not.
 */
export function parseOrigin(text: string): string | undefined {
  const { scheme, authority } = originForm.exec(text)?.groups ?? {};
  if (scheme === undefined || authority === undefined) return undefined;
  if (!/^https?$/i.test(scheme)) return hostForm.test(authority.toLowerCase()) ? text.toLowerCase() : undefined;
  const url = URL.parse(text);
  return url !== null && hostForm.test(url.host) ? url.origin : undefined;
}

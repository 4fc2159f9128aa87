/** The names that a setting has outside: of its variable, and whether they say that its value is a secret. */

/** Between the name of an object of settings and the name of a setting in it. */
const delimiter = "__";

/** `databaseUrl`, `database-url` and `database_url` as DATABASE_URL. */
export function upperSnake(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replaceAll(/([A-Z])([A-Z][a-z])/g, "$1_$2")
    .replaceAll(/[^A-Za-z0-9_]/g, "_")
    .toUpperCase();
}

/** The variables of a setting in the order in which they are looked for: the exact name, then the usual one. */
export function listVariableNames(path: readonly string[], prefix: string): readonly string[] {
  const exact = prefix + path.join(delimiter);
  const usual = prefix + path.map(upperSnake).join(delimiter);
  return exact === usual ? [usual] : [exact, usual];
}

/** Beyond the names that are kept out of log lines: what only settings are called. */
const secretWords: ReadonlySet<string> = new Set(["KEY", "KEYS", "PASS", "PWD", "PIN", "SALT", "PEM", "DSN"]);

/** Whether a setting of this name is not to be seen, as far as the name's words tell. */
export function isSecretSetting(name: string): boolean {
  const words = upperSnake(name);
  return words.includes("CONNECTION_STRING") || words.split("_").some((word) => secretWords.has(word));
}

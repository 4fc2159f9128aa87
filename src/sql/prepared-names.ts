/** Which statements of a PostgreSQL pool are prepared: those that repeat, under names that every connection shares. */

/** How often a text is seen before it gets a name: what is built anew for each request never does. */
const threshold = 5;
/** Each is kept by every connection until that is closed. */
const maxNames = 200;
const maxCounted = 1_000;
const maxTextLength = 4_096;

/** No such statement, and a name that is taken: something between us and the server hands connections on. */
const strangerCodes: ReadonlySet<unknown> = new Set(["26000", "42P05"]);

export class PreparedNames {
  readonly #counts = new Map<string, number>();
  readonly #names = new Map<string, string>();
  #given = 0;
  #isEnabled = true;
  readonly #onRefused: () => void;

  /** `onRefused` is called once, when prepared statements turn out not to work here. */
  constructor(onRefused: () => void) {
    this.#onRefused = onRefused;
  }

  /** The name for a run of this text; undefined when it is not to be prepared. Texts without parameters may be several statements, and never are. */
  find(text: string, parameters: readonly unknown[]): string | undefined {
    if (!this.#isEnabled || parameters.length === 0 || text.length > maxTextLength) return undefined;
    return this.#names.get(text) ?? this.#count(text);
  }

  /** Whether a statement failed for nothing but being prepared: without a name, or under the next one, it would not have. */
  noteFailure(text: string, error: unknown): boolean {
    const { code, routine } = error as { readonly code?: unknown; readonly routine?: unknown };
    if (strangerCodes.has(code)) {
      if (this.#isEnabled) this.#onRefused();
      this.#isEnabled = false;
      return true;
    }
    // "cached plan must not change result type": somebody has changed a table. Every connection prepares it anew.
    if (code !== "0A000" || routine !== "RevalidateCachedQuery") return false;
    if (this.#names.has(text)) this.#name(text);
    return true;
  }

  #count(text: string): string | undefined {
    if (this.#names.size >= maxNames) return undefined;
    const count = (this.#counts.get(text) ?? 0) + 1;
    this.#counts.delete(text);
    if (count >= threshold) return this.#name(text);
    this.#counts.set(text, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > maxCounted && oldest !== undefined) this.#counts.delete(oldest);
    return undefined;
  }

  #name(text: string): string {
    this.#given += 1;
    const name = `apus_${this.#given}`;
    this.#names.set(text, name);
    return name;
  }
}

/** Tells what would never end by itself that the app is about to stop. */

export class StopNotice {
  readonly #listeners = new Set<() => void>();
  #isStopping = false;

  /** Whether the stop has begun. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Calls back once, when the stop begins, or at once when it has; the returned function takes that back. */
  listen(listener: () => void): () => void {
    if (this.#isStopping) listener();
    else this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  announce(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** The app starts again. */
  reset(): void {
    this.#isStopping = false;
  }
}

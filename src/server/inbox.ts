/** The bytes of a connection that have come and are not used yet: one piece of memory, never copied while it is the only one. */

const nothing: Buffer = Buffer.alloc(0);

export class Inbox {
  bytes: Buffer = nothing;
  start = 0;
  end = 0;

  get size(): number {
    return this.end - this.start;
  }

  /** Linear in what comes: room doubles, so that a byte is moved a bounded number of times. */
  add(chunk: Buffer): void {
    if (this.start === this.end) {
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      return;
    }
    const size = this.end - this.start;
    if (this.end + chunk.length > this.bytes.length || !this.#owned) {
      const room = Buffer.allocUnsafeSlow(Math.max(2 * size, size + chunk.length, 512));
      this.bytes.copy(room, 0, this.start, this.end);
      this.bytes = room;
      this.start = 0;
      this.end = size;
      this.#owned = true;
    }
    chunk.copy(this.bytes, this.end);
    this.end += chunk.length;
  }

  /** Whether `bytes` was made here; what lies behind the end of anybody else's memory is not ours. */
  #owned = false;

  /** Marks bytes as used. */
  skip(count: number): void {
    this.start += count;
    if (this.start === this.end) this.clear();
  }

  /** A copy of everything, which is used then. */
  takeAll(): Buffer {
    const rest = Buffer.from(this.bytes.subarray(this.start, this.end));
    this.clear();
    return rest;
  }

  clear(): void {
    this.bytes = nothing;
    this.start = 0;
    this.end = 0;
    this.#owned = false;
  }
}

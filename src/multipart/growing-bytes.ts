/** Bytes that grow piece by piece: copied into memory that doubles, so that many tiny pieces take no more room than one. */

const firstRoom = 256;

export class GrowingBytes {
  #room: Uint8Array = new Uint8Array(0);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** What has been added since the start or the last `take()`; valid until the next call. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#size);
  }

  add(piece: Uint8Array): void {
    const needed = this.#size + piece.length;
    if (needed > this.#room.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#room.length, firstRoom));
      room.set(this.bytes);
      this.#room = room;
    }
    this.#room.set(piece, this.#size);
    this.#size = needed;
  }

  /** Gives everything away and begins anew. */
  take(): Uint8Array {
    const taken = this.bytes;
    this.#room = new Uint8Array(0);
    this.#size = 0;
    return taken;
  }
}

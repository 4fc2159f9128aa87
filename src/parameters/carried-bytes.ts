/** The bytes of a line or a field that goes on in the next chunk: in memory that doubles, and that the next one uses again. */

const firstRoom = 256;

export class CarriedBytes {
  size = 0;
  #room: Uint8Array = new Uint8Array(0);

  add(piece: Uint8Array): void {
    const needed = this.size + piece.length;
    if (needed > this.#room.length) {
      const room = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#room.length, firstRoom));
      room.set(this.#room.subarray(0, this.size));
      this.#room = room;
    }
    this.#room.set(piece, this.size);
    this.size = needed;
  }

  /** Everything, as it is until the next `add()`; what is added from now on begins anew. */
  take(): Uint8Array {
    const taken = this.#room.subarray(0, this.size);
    this.size = 0;
    return taken;
  }
}

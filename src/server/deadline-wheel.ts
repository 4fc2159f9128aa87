/** The deadlines of all connections: a number each, looked at by one timer; and the clock that this timer keeps. */

/** Something that has to happen before a moment of the wheel's clock. */
export interface Deadlined {
  /** Milliseconds of the wheel's clock; Infinity for never. */
  deadline: number;
  /** Called once the deadline has passed; sets another one. */
  expire(): void;
}

export class DeadlineWheel {
  /** Milliseconds, as of the last turn. */
  now: number = performance.now();
  /** The Date line of an answer, as of the last turn (RFC 9110 §6.6.1). */
  dateLine = "";
  readonly #resolution: number;
  readonly #members = new Set<Deadlined>();
  #timer: NodeJS.Timeout | undefined;
  #second = 0;

  /** `resolution` in milliseconds. */
  constructor(resolution: number) {
    this.#resolution = resolution;
    this.#turn();
  }

  start(): void {
    this.#turn();
    this.#timer ??= setInterval(() => this.#turn(), this.#resolution).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  add(member: Deadlined): void {
    this.#members.add(member);
  }

  remove(member: Deadlined): void {
    this.#members.delete(member);
  }

  /** The deadline that is at least so many milliseconds away, and at most two turns more. */
  after(milliseconds: number): number {
    return this.now + this.#resolution + milliseconds;
  }

  /** One pass over a number each costs less than keeping them sorted for every request. */
  #turn(): void {
    this.now = performance.now();
    const time = Date.now();
    const second = Math.floor(time / 1_000);
    if (second !== this.#second) {
      this.#second = second;
      this.dateLine = `date: ${new Date(time).toUTCString()}\r\n`;
    }
    // After a long turn the bytes that came in it are read first: who blocked the loop was not the client.
    if (this.#members.size > 0) setImmediate(() => this.#expire());
  }

  #expire(): void {
    for (const member of this.#members) if (member.deadline <= this.now) member.expire();
  }
}

/** The phases of a connection, the numbers that bound them, and what all connections share. */

/** Bytes of later requests that are taken from the system while one is answered; then reading pauses. */
export const aheadLimit = 16_384;
/** Requests of one connection that are answered before others get their turn. */
export const pipelineDepth = 16;
/** Milliseconds that a refused client may go on sending: closing at once would reset the connection and lose the answer. */
export const lingerTime = 1_000;
/** Milliseconds after which a client that sends no more counts as gone, if its answer still is not there. */
export const halfClosedGrace = 1_000;

/** `head`: idle, or a head is on its way. `answer`: the handler or the writer has it. `rest`: an unread body is read away. */
export const phase = { head: 0, answer: 1, rest: 2, linger: 3, switched: 4, closed: 5 } as const;

/** Nothing that happens to a connection may end the process. One function for all of them. */
export function ignoreError(): void {}

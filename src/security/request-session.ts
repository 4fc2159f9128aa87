/** The session of one request: reads what its cookie stands for, and puts every change into the head of the answer. */

import { ApusError } from "../errors/apus-error.ts";
import type { ResponseHead } from "../http/response-head.ts";
import type { CookieOptions } from "../http/set-cookie.ts";
import type { Schema } from "../schema/schema.ts";
import type { SessionCarrier, SessionData, SessionRecord } from "./session-carrier.ts";

/** What a client's requests have in common, until it ends. `Data` is what its schema gives; everything in it may be missing. */
export interface Session<Data extends object = Record<string, unknown>> {
  /** Whether the request came without a session that counts. */
  readonly isNew: boolean;
  /** Everything in it, frozen. */
  readonly data: Readonly<Partial<Data>>;
  get<Name extends keyof Data & string>(name: Name): Data[Name] | undefined;
  /**
   * Keeps a value, as JSON; what is changed inside of it later has to be set again.
   * @throws ApusError APUS_SESSION when there is no room for it; APUS_HEAD_SENT when it is too late.
   */
  set<Name extends keyof Data & string>(name: Name, value: Data[Name]): void;
  delete(name: keyof Data & string): void;
  /** Takes everything out. A session that ends a request empty is not kept. */
  clear(): void;
  /** Goes on under a new id with the same data, and a lifetime from now on: whenever somebody logs in. */
  regenerate(): void;
  /** Ends the session; what is set afterwards begins another one. */
  destroy(): void;
}

/** What all sessions of one declaration have in common. Times are in seconds. */
export interface SessionRules {
  readonly name: string;
  readonly attributes: CookieOptions;
  readonly maxAge: number;
  readonly rolling: boolean;
  readonly lifetime: number;
  /** Whole seconds since 1970. */
  readonly now: () => number;
  readonly schema: Schema | undefined;
}

/** A session is prolonged when this part of its time is over: not by every request. */
const prolongedAfter = 0.1;

export class RequestSession implements Session {
  readonly #rules: SessionRules;
  readonly #carrier: SessionCarrier;
  readonly #head: ResponseHead;
  #values: ReadonlyMap<string, unknown> = new Map();
  #data: SessionData | undefined;
  #created: number;
  /** undefined when there is nothing to keep. */
  #record: SessionRecord | undefined;
  #isChanged = false;
  #hasCookie = false;
  isNew = true;

  constructor(rules: SessionRules, carrier: SessionCarrier, head: ResponseHead) {
    this.#rules = rules;
    this.#carrier = carrier;
    this.#head = head;
    this.#created = rules.now();
  }

  /** Takes over what a cookie stands for, if it counts; one that does not is as good as none. */
  async open(cookie: string): Promise<void> {
    const record = await this.#carrier.read(cookie);
    if (record === undefined) return;
    const data = this.#isOver(record) ? undefined : await this.#readData(record.data);
    if (data === undefined) {
      this.#carrier.renew();
      return;
    }
    this.#values = new Map(Object.entries(data).map(([name, value]) => [name, freeze(value)]));
    this.#created = record.created;
    this.#record = record;
    this.#hasCookie = true;
    this.isNew = false;
    this.#prolong(record);
  }

  get data(): SessionData {
    this.#data ??= Object.freeze(Object.fromEntries(this.#values));
    return this.#data;
  }

  get(name: string): unknown {
    return this.#values.get(name);
  }

  set(name: string, value: unknown): void {
    if (value === undefined) this.delete(name);
    else this.#change(new Map(this.#values).set(name, value));
  }

  delete(name: string): void {
    if (this.#values.has(name)) this.#change(new Map([...this.#values].filter(([other]) => other !== name)));
  }

  clear(): void {
    if (this.#values.size > 0) this.#change(new Map());
  }

  regenerate(): void {
    this.#begin();
    if (this.#values.size > 0) this.#change(this.#values);
  }

  destroy(): void {
    this.#begin();
    this.#change(new Map());
  }

  /** What is left to be done when the handler has ended well. @throws ApusError APUS_SESSION when the data do not fit */
  async end(): Promise<void> {
    if (this.#isChanged && this.#record !== undefined) await this.#checkData(this.#record.data);
    await this.#carrier.save(this.#record);
  }

  #begin(): void {
    this.#carrier.renew();
    this.#created = this.#rules.now();
  }

  /** The cookie first: when it cannot be set, everything stays as it was. */
  #change(values: ReadonlyMap<string, unknown>): void {
    const record: SessionRecord | undefined =
      values.size === 0
        ? undefined
        : { data: Object.fromEntries(values), created: this.#created, expires: this.#endOf(this.#created) };
    if (record !== undefined) this.#setCookie(this.#carrier.carry(record), record.expires);
    else if (this.#hasCookie) this.#writeCookie("", 0);
    this.#values = values;
    this.#data = undefined;
    this.#record = record;
    this.#isChanged = true;
  }

  #prolong(record: SessionRecord): void {
    const { rolling, maxAge } = this.#rules;
    const expires = rolling ? this.#endOf(record.created) : record.expires;
    if (expires - record.expires <= maxAge * prolongedAfter && !this.#carrier.isOld) return;
    this.#record = { ...record, expires };
    this.#setCookie(this.#carrier.prolong(this.#record), expires);
  }

  #setCookie(value: string, expires: number): void {
    this.#writeCookie(value, Math.max(expires - this.#rules.now(), 0));
    this.#hasCookie = true;
  }

  #writeCookie(value: string, maxAge: number): void {
    const { name, attributes } = this.#rules;
    this.#head.replaceCookie(name, value, { ...attributes, maxAge });
    // RFC 9111 §7.3: caches may keep an answer with its cookie, and give both to others.
    this.#head.setHeader("cache-control", "no-store");
  }

  #endOf(created: number): number {
    const { rolling, maxAge, lifetime, now } = this.#rules;
    return Math.min((rolling ? now() : created) + maxAge, created + lifetime);
  }

  /** By our own clock: what the browser does with its cookie is its own affair. */
  #isOver({ created, expires }: SessionRecord): boolean {
    const { lifetime, now } = this.#rules;
    return expires <= now() || created + lifetime <= now();
  }

  async #readData(data: SessionData): Promise<SessionData | undefined> {
    const { schema } = this.#rules;
    if (schema === undefined) return data;
    const { value, issues } = await schema.validate(data);
    return issues === undefined && typeof value === "object" && value !== null ? (value as SessionData) : undefined;
  }

  /** As the next request will read them. */
  async #checkData(data: SessionData): Promise<void> {
    const { schema, name } = this.#rules;
    const result = await schema?.validate(JSON.parse(JSON.stringify(data)));
    if (result?.issues === undefined) return;
    const issues = result.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
    throw new ApusError("APUS_SESSION", `The data of the session "${name}" do not fit its schema: ${issues}.`);
  }
}

/** What is changed in place would be lost without a word. */
function freeze(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value;
  for (const member of Object.values(value)) freeze(member);
  return Object.freeze(value);
}

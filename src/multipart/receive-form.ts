/** Receives a multipart form: texts, JSON parts and files; up to a file that streams, which is left to the handler. */

import { ValidationError, type HttpError } from "../errors/http-error.ts";
import { isJson } from "../http/media-type.ts";
import { checkSize, FileSpool, isNothing, openFile, type OpenedFile } from "./file-spool.ts";
import { refuseField, refuseForm, tooFewFiles } from "./form-refusal.ts";
import { GrowingBytes } from "./growing-bytes.ts";
import type { FormPart, PartLimits, PartReader } from "./part-reader.ts";
import { ArrivingFile, type StreamedFile } from "./streamed-file.ts";
import type { UploadedFile } from "./uploaded-file.ts";
import type { UploadSettings } from "./upload-field.ts";

export interface FormLimits extends PartLimits {
  /** Bytes of all texts and JSON parts with their names. */
  readonly texts: number;
}

/** What a form may have. */
export interface FormPlan {
  readonly uploads: ReadonlyMap<string, UploadSettings>;
  readonly limits: FormLimits;
}

/** What came, in its order. */
export interface FormContent {
  readonly texts: (readonly [name: string, text: string])[];
  readonly json: (readonly [name: string, bytes: Uint8Array])[];
  readonly files: Map<string, UploadedFile[]>;
  /** The file at which receiving has stopped; all of them when several may come. */
  streamed: { readonly name: string; readonly value: StreamedFile | AsyncIterable<StreamedFile> } | undefined;
}

/** Called before the bytes of a file are received; what it throws ends the form. */
export type BeforeFile = (content: FormContent) => unknown;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class FormReceiver {
  readonly #reader: PartReader;
  readonly #plan: FormPlan;
  readonly #spool = new FileSpool();
  readonly #content: FormContent = { texts: [], json: [], files: new Map(), streamed: undefined };
  #textBytes = 0;
  #arriving: ArrivingFile | undefined;

  constructor(reader: PartReader, plan: FormPlan) {
    this.#reader = reader;
    this.#plan = plan;
  }

  /**
   * Receives everything, or everything before a file that streams.
   * @throws HttpError 400, 413, 415 naming the part, ValidationError for files that do not belong; what `beforeFile` throws
   */
  async receive(beforeFile: BeforeFile): Promise<FormContent> {
    try {
      return await this.#receive(beforeFile);
    } catch (error) {
      this.#reader.abandon();
      throw error;
    }
  }

  async #receive(beforeFile: BeforeFile): Promise<FormContent> {
    for (;;) {
      const part = await this.#reader.nextPart();
      if (part === undefined) return this.#content;
      const settings = this.#plan.uploads.get(part.name);
      if (settings === undefined) await this.#receiveText(part);
      else if (await this.#receiveFile(part, settings, beforeFile)) return this.#content;
    }
  }

  /** The request is over: its files are removed, and what still arrives is not taken any more. */
  async end(): Promise<void> {
    this.#arriving?.forget();
    await this.#spool.end();
  }

  async #receiveText(part: FormPart): Promise<void> {
    const isData = part.type !== undefined && isJson(part.type);
    if (part.fileName !== undefined && !isData) {
      const message = `has a file, part ${part.number}, that is not taken`;
      throw new ValidationError([{ in: "form", pointer: "", message, code: "unexpected_file" }]);
    }
    const bytes = new GrowingBytes();
    this.#countText(Buffer.byteLength(part.name));
    for (let more = await this.#reader.nextData(); more !== undefined; more = await this.#reader.nextData()) {
      this.#countText(more.length);
      bytes.add(more);
    }
    if (isData) this.#content.json.push([part.name, bytes.take()]);
    else this.#content.texts.push([part.name, decodeText(bytes.take(), part)]);
  }

  #countText(bytes: number): void {
    this.#textBytes += bytes;
    const { texts } = this.#plan.limits;
    if (this.#textBytes <= texts) return;
    const detail = `The form has more than ${texts} bytes of text.`;
    throw refuseForm({ status: 413, code: "field-too-large", detail, more: { limit: texts } });
  }

  /** Whether the file streams, so that the rest is left to who takes it. */
  async #receiveFile(part: FormPart, settings: UploadSettings, beforeFile: BeforeFile): Promise<boolean> {
    this.#checkCount(part.name, settings);
    await beforeFile(this.#content);
    const opened = await openFile(this.#reader, part, settings);
    if (isNothing(part, opened.head)) return false;
    if (settings.streams) {
      this.#stream(part, opened, settings);
      return true;
    }
    const files = this.#content.files.get(part.name) ?? [];
    this.#content.files.set(part.name, files);
    files.push(await this.#spool.receive(this.#reader, part, { opened, settings }));
    return false;
  }

  /** @throws when there are as many as there may be already */
  #checkCount(field: string, { isList, maxCount }: UploadSettings): void {
    if ((this.#content.files.get(field)?.length ?? 0) < maxCount) return;
    if (!isList) throw refuseField(field, "was sent more than once, expected once", "repeated");
    throw tooManyFiles(field, maxCount);
  }

  #stream(part: FormPart, opened: OpenedFile, settings: UploadSettings): void {
    const first = this.#arrive(part, opened, settings);
    const value = settings.isList ? this.#streamAll(first, settings) : first;
    this.#content.streamed = { name: part.name, value };
  }

  #arrive({ name }: FormPart, opened: OpenedFile, settings: UploadSettings): ArrivingFile {
    let head: Uint8Array | undefined = opened.head;
    let size = 0;
    const next = async (): Promise<Uint8Array | undefined> => {
      const bytes = head !== undefined && head.length > 0 ? head : await this.#reader.nextData();
      head = undefined;
      if (bytes === undefined) {
        // A list goes on with its next file.
        if (!settings.isList) await this.#checkEnd(name);
        return undefined;
      }
      size += bytes.length;
      checkSize(name, size, settings);
      return bytes;
    };
    // A list goes on behind a file of which nobody takes the rest.
    const abandon = settings.isList ? (): void => {} : (): void => this.#reader.abandon();
    this.#arriving = new ArrivingFile(opened.info, { field: name, next, abandon });
    return this.#arriving;
  }

  async #checkEnd(field: string): Promise<void> {
    if ((await this.#reader.nextPart()) !== undefined) throw refuseOrder(field);
  }

  /** One after the other: what is left of a file is passed over when the next one is asked for. */
  async *#streamAll(first: ArrivingFile, settings: UploadSettings): AsyncGenerator<StreamedFile, void, undefined> {
    const field = this.#content.streamed?.name ?? "";
    let count = 0;
    let isWhole = false;
    try {
      for (let file: ArrivingFile | undefined = first; file !== undefined; file = await this.#nextFile(settings)) {
        count += 1;
        if (count > settings.maxCount) throw tooManyFiles(field, settings.maxCount);
        yield file;
        file.forget();
      }
      isWhole = true;
    } finally {
      if (!isWhole) this.#reader.abandon();
    }
    if (count < settings.minCount) throw new ValidationError([tooFewFiles(field, settings.minCount)]);
  }

  async #nextFile(settings: UploadSettings): Promise<ArrivingFile | undefined> {
    const field = this.#content.streamed?.name ?? "";
    const part = await this.#reader.nextPart();
    if (part === undefined) return undefined;
    if (part.name !== field) throw refuseOrder(field);
    return this.#arrive(part, await openFile(this.#reader, part, settings), settings);
  }
}

function refuseOrder(field: string): Error {
  return refuseField(field, "is not the last of the form: nothing may follow it", "order");
}

function tooManyFiles(field: string, limit: number): HttpError {
  const detail = `The form has more than ${limit} files ${JSON.stringify(field)}.`;
  return refuseForm({ status: 413, code: "too-many-files", detail, field, more: { limit } });
}

function decodeText(bytes: Uint8Array, part: FormPart): string {
  try {
    return decoder.decode(bytes);
  } catch {
    const detail = `Part ${part.number} of the form is not UTF-8.`;
    throw refuseForm({ status: 400, code: "form-encoding", detail });
  }
}

/** What `files` types: the handler's files, and what the typed client must send. */

import type { UploadedFile } from "./uploaded-file.ts";
import type { StreamedFile } from "./streamed-file.ts";
import { upload, uploads, type UploadInputs, type UploadValues } from "./upload-field.ts";

const files = {
  one: upload({ types: ["image/png"] }),
  plain: upload(),
  maybe: upload({ optional: true }),
  live: upload({ stream: true, maxBytes: 5 }),
  many: uploads(),
  some: uploads({ minCount: 1 }),
  flow: uploads({ stream: true }),
};

declare const values: UploadValues<{ readonly files: typeof files }>["files"];
export const one: UploadedFile = values.one;
export const plain: UploadedFile = values.plain;
// @ts-expect-error -- it may be missing
export const maybe: UploadedFile = values.maybe;
export const surely: UploadedFile | undefined = values.maybe;
export const live: StreamedFile = values.live;
// @ts-expect-error -- the size of what is still arriving is not known
export const size: number = values.live.size;
export const many: readonly UploadedFile[] = values.many;
export const flow: AsyncIterable<StreamedFile> = values.flow;
// @ts-expect-error -- not declared
export const other: unknown = values.other;

type Inputs = UploadInputs<typeof files>;
const blob = new Blob([]);
export const least: Inputs = { one: blob, plain: blob, live: blob, some: [blob] };
export const most: Inputs = { ...least, maybe: blob, many: [blob], flow: [blob] };
// @ts-expect-error -- one is missing
export const less: Inputs = { plain: blob, live: blob, some: [blob] };
// @ts-expect-error -- a list is needed
export const wrong: Inputs = { ...least, some: blob };

// @ts-expect-error -- only upload() can be optional; uploads() has minCount
uploads({ optional: true });
// @ts-expect-error -- only uploads() counts
upload({ maxCount: 2 });
// @ts-expect-error -- bytes are a number
upload({ maxBytes: "1 MB" });
// @ts-expect-error -- no such option
upload({ maxSize: 5 });
// @ts-expect-error -- no such option, beside one that there is
uploads({ maxBytes: 5, optional: true });

/** Encodes content with the codings of `node:zlib`: whole bodies in its thread pool, streams piece by piece. */

import type { Transform } from "node:stream";
import { promisify } from "node:util";
import {
  brotliCompress,
  constants,
  createBrotliCompress,
  createDeflate,
  createGzip,
  createZstdCompress,
  deflate,
  gzip,
  zstdCompress,
  type BrotliOptions,
  type ZlibOptions,
  type ZstdOptions,
} from "node:zlib";
import type { ContentCoding } from "./accept-encoding.ts";

/** One coding at one level. */
export interface ContentEncoder {
  /** Never on the loop: the work is done in the thread pool. */
  encode(content: string | Uint8Array): Promise<Uint8Array>;
  /** A new encoder of a stream, which gives what it has after every piece. */
  open(): Transform;
}

/** The lowest and highest level of each coding, and the one that is used unless another is given. */
export const levelRanges: Readonly<
  Record<ContentCoding, { readonly lowest: number; readonly highest: number; readonly usual: number }>
> = {
  br: { lowest: 0, highest: 11, usual: 4 },
  gzip: { lowest: 1, highest: 9, usual: 6 },
  zstd: { lowest: 1, highest: 19, usual: 3 },
  deflate: { lowest: 1, highest: 9, usual: 6 },
};

/** A long stream keeps this window (2 ** 18 bytes) as long as it lasts; the libraries' own would take megabytes. */
const streamWindow = 18;

export function buildEncoder(coding: ContentCoding, level: number): ContentEncoder {
  switch (coding) {
    case "br":
      return buildBrotli(level);
    case "zstd":
      return buildZstd(level);
    case "gzip":
    case "deflate":
      return buildZlib(coding, level);
  }
}

function buildBrotli(level: number): ContentEncoder {
  const whole = promisify<string | Uint8Array, BrotliOptions, Buffer>(brotliCompress);
  const params = { [constants.BROTLI_PARAM_QUALITY]: level };
  const piecewise = {
    flush: constants.BROTLI_OPERATION_FLUSH,
    params: { ...params, [constants.BROTLI_PARAM_LGWIN]: streamWindow },
  };
  return { encode: (content) => whole(content, { params }), open: () => createBrotliCompress(piecewise) };
}

function buildZstd(level: number): ContentEncoder {
  const whole = promisify<string | Uint8Array, ZstdOptions, Buffer>(zstdCompress);
  const params = { [constants.ZSTD_c_compressionLevel]: level };
  const piecewise = {
    flush: constants.ZSTD_e_flush,
    params: { ...params, [constants.ZSTD_c_windowLog]: streamWindow },
  };
  return { encode: (content) => whole(content, { params }), open: () => createZstdCompress(piecewise) };
}

function buildZlib(coding: "gzip" | "deflate", level: number): ContentEncoder {
  const [compress, create] = coding === "gzip" ? [gzip, createGzip] : [deflate, createDeflate];
  const whole = promisify<string | Uint8Array, ZlibOptions, Buffer>(compress);
  return {
    encode: (content) => whole(content, { level }),
    open: () => create({ level, flush: constants.Z_SYNC_FLUSH }),
  };
}

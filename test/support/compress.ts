// gzip and zstd for tests, in Node and in browsers: gzip by the platform itself, zstd in blocks that are stored.

import { concat } from './tar-builder.js'

async function pipe(bytes: Uint8Array, through: GenericTransformStream): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(through as ReadableWritablePair)
  return new Uint8Array(await new Response(stream).arrayBuffer())
}

export function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return pipe(bytes, new CompressionStream('gzip'))
}

/** A zstd frame of blocks that are not compressed (RFC 8878). */
export function zstd(content: Uint8Array): Uint8Array {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < content.byteLength; at += 1 << 16) {
    const block = content.subarray(at, at + (1 << 16))
    const header = (block.byteLength << 3) | Number(at + block.byteLength === content.byteLength)
    blocks.push(new Uint8Array([header & 255, (header >> 8) & 255, header >> 16]), block)
  }
  return concat([new Uint8Array([0x28, 0xb5, 0x2f, 0xfd, 0, 0x58]), ...blocks])
}

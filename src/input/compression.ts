// How a layer or an archive is compressed, told by its first bytes. What a media type or a name says is not looked at.

import { LayerDiffError } from '../errors.js'

/** As many first bytes as `sniff` wants to see; fewer are fine when there are no more. */
export const SNIFF_BYTES = 6

const REFUSED: readonly (readonly [name: string, tool: string, magic: readonly number[]])[] = [
  ['bzip2', 'bunzip2', [0x42, 0x5a, 0x68]],
  ['xz', 'unxz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['lz4', 'unlz4', [0x04, 0x22, 0x4d, 0x18]],
]

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return bytes.byteLength >= magic.length && magic.every((byte, i) => bytes[i] === byte)
}

/** How bytes that begin so are compressed; null when they are not, or not in a way known here. */
export function compressionOf(head: Uint8Array): 'gzip' | 'zstd' | null {
  if (startsWith(head, [0x1f, 0x8b])) return 'gzip'
  if (startsWith(head, [0x28, 0xb5, 0x2f, 0xfd])) return 'zstd'
  // A skippable frame, with which some writers begin: 0x184D2A50 to 0x184D2A5F.
  const skippable = ((head[0] ?? 0) & 0xf0) === 0x50 && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18])
  return skippable ? 'zstd' : null
}

/** How a layer or an archive is compressed. @throws {LayerDiffError} COMPRESSION_UNSUPPORTED for formats that no image uses */
export function sniff(head: Uint8Array, what = 'The layer'): 'none' | 'gzip' | 'zstd' {
  const compression = compressionOf(head)
  if (compression) return compression
  for (const [name, tool, magic] of REFUSED) {
    if (startsWith(head, magic)) {
      throw new LayerDiffError(
        'COMPRESSION_UNSUPPORTED',
        `${what} is compressed with ${name}, which container images do not use. Unpack it with ${tool} first.`,
        { offset: 0 },
      )
    }
  }
  return 'none'
}

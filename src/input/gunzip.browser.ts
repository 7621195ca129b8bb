// gzip in browsers: DecompressionStream, which takes one member and nothing after it.

import { LayerDiffError } from '../errors.js'

/** @throws {LayerDiffError} GZIP_CORRUPT */
export async function* gunzip(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let failure: unknown
  const source = new ReadableStream<BufferSource>({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value as Uint8Array<ArrayBuffer>)
      } catch (error) {
        failure = error
        controller.error(error)
      }
    },
    cancel: async () => void (await chunks.return(undefined)),
  })
  const reader = source.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (cause) {
    if (failure !== undefined) throw failure
    // The platform tells neither apart: all that is wrong is one TypeError, whose words differ between browsers.
    throw new LayerDiffError(
      'GZIP_CORRUPT',
      'The gzip stream of the archive was cut off or is damaged, or has several members, which browsers cannot decompress. Export or download it again, or else decompress it with gunzip first.',
      {},
      cause,
    )
  } finally {
    reader.cancel().catch(() => {})
  }
}

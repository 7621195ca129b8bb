// Two layers end to end in Node: layerdiff against tar-stream and against modern-tar, from files to the list of
// changes.

import { atMost, compare, costs } from '../comparison.mjs'
import { fileUrl } from '../inputs/cache.mjs'
import { usrLayers } from '../inputs/usr-layers.mjs'
import { inNode } from '../node-process.mjs'

/** @import { Benchmark } from '../benchmark.mjs' */
/** @import { Form } from '../inputs/usr-layers.mjs' */

/** @type {Benchmark} */
export const layers = {
  name: 'layers',
  title: 'Two layers end to end, Node',
  async run(settings) {
    const layers = await usrLayers(settings)
    /** @param {Form} form */
    const urls = (form) => ({
      before: fileUrl(layers.path('before', form)),
      after: fileUrl(layers.path('after', form)),
    })
    const measured = await compare(
      [
        inNode('layerdiff', 'layers-layerdiff', urls('gzip')),
        inNode('tar-stream', 'layers-tar-stream', urls('gzip')),
        inNode('modern-tar', 'layers-modern-tar', urls('gzip')),
        ...layers.forms
          .filter((form) => form !== 'gzip')
          .map((form) => inNode(`layerdiff, ${form}`, 'layers-layerdiff', urls(form))),
      ],
      settings.rounds,
    )
    const [ours, tarStream, modernTar] = measured
    return {
      about: [
        `Two layers of ${layers.size('before', 'plain')} and ${layers.size('after', 'plain')} bytes with gzip -6, from files until every change's path and`,
        `kind is in hand; all found: ${ours.rounds[0].equal}.`,
        'tar-stream: file stream and zlib with 256 KB chunks, SHA-256 of node:crypto, Maps. modern-tar: the same with',
        'DecompressionStream. CPU and peak memory are of the whole process with all its threads.',
        ...(layers.forms.includes('zstd') ? [] : ['The zstd form is left out: this machine has no zstd.']),
      ],
      contenders: measured,
      targets: [
        atMost('CPU, of tar-stream, zlib and node:crypto', costs(ours), costs(tarStream), 0.6),
        atMost('CPU, of modern-tar and DecompressionStream', costs(ours), costs(modernTar), 0.35),
      ],
    }
  },
}

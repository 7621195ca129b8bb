// What a worker has in Node, whether it is a thread of its own or stands in for one.

import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { openPath } from '../input/file.node.js'
import type { Surroundings } from './serve.js'

export const surroundings: Surroundings = {
  openPath,
  // Loading what Node has of web streams would take longer than all else at the start.
  unpack: (text) => new Uint8Array(gunzipSync(Buffer.from(text, 'base64'))),
  createSha256: () => createHash('sha256'),
}

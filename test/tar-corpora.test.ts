// Public corpora of tar archives, some broken on purpose: the engine and the slow reference read them alike.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { engineOutcome, referenceOutcome } from './support/agreement.js'
import { fixtures } from './support/truth.js'

/** Where both refuse an archive that is broken in several ways, and each names another of them. */
const OTHER_FAULT: Record<string, string> = {
  // 60 GB of holes, which the reference would hash one by one.
  'gnu-sparse-big.tar.base64': 'LIMIT_EXPANSION',
  'pax-sparse-big.tar.base64': 'LIMIT_EXPANSION',
  // A malformed pax record, whose padding is cut off besides.
  'issue11169.tar': 'TAR_PAX_RECORD',
}

/** Compressed archives, which the reference does not read. */
const COMPRESSED = /\.(bz2|tgz)$/

function readArchive(path: string): Uint8Array {
  const bytes = readFileSync(path)
  return path.endsWith('.base64') ? Buffer.from(bytes.toString('latin1'), 'base64') : bytes
}

describe.skipIf(fixtures === null)('tar corpora', () => {
  for (const corpus of ['go', 'tar-stream']) {
    const folder = join(fixtures ?? '', 'tar', corpus)
    const names = fixtures === null ? [] : readdirSync(folder).filter((name) => !COMPRESSED.test(name))
    for (const name of names) {
      it(`${corpus}/${name}`, async () => {
        const archive = readArchive(join(folder, name))
        const options = { compare: { mtime: true } }
        const fault = OTHER_FAULT[name]
        const expected = fault ? { error: fault } : await referenceOutcome([], [archive], options)
        expect(await engineOutcome([], [archive], options)).toEqual(expected)
      })
    }
  }
})

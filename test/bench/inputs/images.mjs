// A pair of real images of some hundred megabytes, in the forms that people have: plain docker archives, and OCI layouts with
// gzip. Made by make-images.sh of the fixtures (Debian, root); the small fixtures stand in for them in a smoke run.

import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { root } from '../../../scripts/files.mjs'
import { cached } from './cache.mjs'

/** @import { Settings } from '../benchmark.mjs' */

const fixtures = resolve(root, process.env.LAYERDIFF_FIXTURES ?? '../shared/fixtures')

/** @typedef {{ archive: { before: string, after: string }, layout: { before: string, after: string } }} Images paths; of a layout with `oci:` and tag */

/**
 * @param {Settings} settings
 * @returns {Promise<Images | null>} null where they cannot be made here
 */
export async function realImages({ smoke }) {
  if (!existsSync(fixtures)) return null
  return smoke ? smallImages() : largeImages()
}

async function smallImages() {
  const folder = await cached('images-smoke', { version: 1 }, async (folder) => {
    for (const [side, name] of Object.entries(small)) {
      const archive = readFileSync(join(fixtures, 'images', name, 'docker-archive.tar.gz'))
      writeFileSync(join(folder, `${side}.tar`), gunzipSync(archive))
    }
  })
  return {
    archive: { before: join(folder, 'before.tar'), after: join(folder, 'after.tar') },
    layout: {
      before: `oci:${join(fixtures, 'images', small.before, 'oci-gzip')}:latest`,
      after: `oci:${join(fixtures, 'images', small.after, 'oci-gzip')}:latest`,
    },
  }
}

const small = { before: 'small-1', after: 'small-2' }

async function largeImages() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return null
  const folder = await cached('images', { version: 1 }, async (folder) => {
    // It needs a folder of its own: the stores that it leaves behind are larger than the images.
    const work = `${folder}-work`
    try {
      apt('attr')
      const { status } = spawnSync(join(fixtures, 'make-images.sh'), [work], { stdio: ['ignore', 2, 2] })
      if (status !== 0) throw new Error('make-images.sh failed')
      for (const side of ['before', 'after']) {
        copyFileSync(join(work, `${side}.docker-archive.tar`), join(folder, `${side}.tar`))
      }
      cpSync(join(work, 'oci'), join(folder, 'oci'), { recursive: true })
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
  return {
    archive: { before: join(folder, 'before.tar'), after: join(folder, 'after.tar') },
    layout: { before: `oci:${join(folder, 'oci')}:before`, after: `oci:${join(folder, 'oci')}:after` },
  }
}

/** @param {string} name of a package that the script uses and does not install */
function apt(name) {
  spawnSync('apt-get', ['-q', 'install', '-y', '--no-install-recommends', name], { stdio: ['ignore', 2, 2] })
}

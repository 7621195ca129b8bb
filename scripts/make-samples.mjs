// The sample images of the demo page: 'greeter 1.0' and 'greeter 1.1', two builds of a little web app made up for this
// purpose, each an OCI archive. Between the two lies one of everything that a diff can show: added, removed and modified files, whiteouts, an
// opaque directory, changed mode, owner, xattrs and type, a retargeted symlink, new hard links, a file that only got a
// new mtime. The bytes depend on nothing but this file and zlib.
//
//   greeter 1.0: base, runtime, app-1.0              greeter 1.1: base, runtime, patch-1.1, app-1.1

import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'
import { isMain, root, writeWhole } from './files.mjs'

/**
 * @typedef {import('modern-tar').TarEntry} TarEntry
 * @typedef {Partial<Pick<import('modern-tar').TarHeader, 'mode' | 'uid' | 'gid' | 'pax'>>} Attributes
 */

/** When the two versions were built: the mtime of all their entries. */
const march = new Date('2025-03-03T09:00:00Z')
const june = new Date('2025-06-02T09:00:00Z')

/** @type {(name: string, attributes?: Attributes) => TarEntry} */
const directory = (name, attributes) => ({
  header: { name: `${name}/`, type: 'directory', size: 0, mode: 0o755, uid: 0, gid: 0, ...attributes },
})

/** @type {(name: string, content: string | Uint8Array, attributes?: Attributes) => TarEntry} */
const file = (name, content, attributes) => {
  const body = Buffer.from(content)
  return { header: { name, size: body.length, mode: 0o644, uid: 0, gid: 0, ...attributes }, body }
}

/** @type {(name: string, content: string, attributes?: Attributes) => TarEntry} */
const program = (name, content, attributes) => file(name, `#!/bin/sh\n${content}\n`, { mode: 0o755, ...attributes })

/** @type {(name: string, linkname: string) => TarEntry} */
const symlink = (name, linkname) => ({
  header: { name, type: 'symlink', size: 0, linkname, mode: 0o777, uid: 0, gid: 0 },
})

/** The mode is its file's: engines give the file what a link says. @type {(name: string, linkname: string, mode?: number) => TarEntry} */
const hardlink = (name, linkname, mode = 0o644) => ({
  header: { name, type: 'link', size: 0, linkname, mode, uid: 0, gid: 0 },
})

/** Removes a path of the layers below. @type {(path: string) => TarEntry} */
const whiteout = (path) => file(path.replace(/([^/]+)$/, '.wh.$1'), '')

/** Hides what the layers below have in a directory. @type {(path: string) => TarEntry} */
const opaque = (path) => file(`${path}/.wh..wh..opq`, '')

/** An extended attribute. @type {(name: string, value: string) => Attributes} */
const xattr = (name, value) => ({ pax: { [`SCHILY.xattr.${name}`]: value } })

/** Lets a program listen on ports below 1024: a `vfs_cap_data` of revision 2 with bit 10 set. */
const mayBindPorts = xattr('security.capability', `\x01\0\0\x02\0\x04${'\0'.repeat(14)}`)

/**
 * Bytes that do not compress, as compiled programs and pictures hardly do: xorshift32.
 * @param {number} length
 * @param {number} seed
 */
function noise(length, seed) {
  let state = seed
  return Uint8Array.from({ length }, () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state & 0xff
  })
}

/** @param {unknown} value */
const json = (value) => `${JSON.stringify(value, null, 2)}\n`

/** @param {string} name @param {number} functions */
const module = (name, functions) =>
  `'use strict'\n// ${name}\n${Array.from({ length: functions }, (_, i) => `exports.${name}${i} = (input) => ({ ...input, step: '${name}', order: ${i * 7919} })`).join('\n')}\n`

const passwd = 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n'
const greeter = 'greeter:x:100:101:greeter:/app:/bin/false\n'
const osRelease = (/** @type {string} */ version) => `ID=little\nNAME="Little Linux"\nVERSION_ID=${version}\n`

const base = () => [
  symlink('bin', 'usr/bin'),
  directory('etc'),
  file('etc/group', 'root:x:0:\nnobody:x:65534:\n'),
  file('etc/hostname', 'greeter\n'),
  file('etc/hosts', '127.0.0.1 localhost greeter\n::1 localhost\n'),
  symlink('etc/localtime', '../usr/share/zoneinfo/UTC'),
  file('etc/os-release', osRelease('4.1')),
  file('etc/passwd', passwd),
  file('etc/profile', 'export PATH=/usr/bin:/app/bin\numask 022\n'),
  directory('home'),
  directory('opt'),
  directory('opt/installer'),
  program('opt/installer/install', 'echo "Already installed."'),
  directory('opt/installer/steps'),
  ...['10-users', '20-zones', '30-clean'].map((step) => program(`opt/installer/steps/${step}`, `echo "${step}"`)),
  directory('root', { mode: 0o700 }),
  directory('tmp', { mode: 0o1777 }),
  directory('usr'),
  directory('usr/bin'),
  file('usr/bin/toolbox', noise(9_000, 11), { mode: 0o755 }),
  ...['cat', 'grep', 'ls', 'sh'].map((name) => hardlink(`usr/bin/${name}`, 'usr/bin/toolbox', 0o755)),
  program('usr/bin/now', 'date +%s'),
  directory('usr/share'),
  directory('usr/share/doc'),
  ...['toolbox', 'zoneinfo'].flatMap((name) => [
    directory(`usr/share/doc/${name}`),
    file(
      `usr/share/doc/${name}/README`,
      `${name} of Little Linux, a distribution that fits in a picture frame.\n`.repeat(12),
    ),
    file(`usr/share/doc/${name}/copyright`, 'Written for the samples of layerdiff. MIT.\n'),
  ]),
  directory('usr/share/zoneinfo'),
  file('usr/share/zoneinfo/UTC', noise(114, 21)),
  directory('usr/share/zoneinfo/Europe'),
  ...['Berlin', 'Lisbon', 'Paris'].map((city, i) => file(`usr/share/zoneinfo/Europe/${city}`, noise(900, 31 + i))),
  directory('var'),
  directory('var/log'),
]

const runtime = () => [
  file('etc/runtime.conf', 'workers = 2\nlisten = 80\n'),
  file('usr/bin/run', noise(6_000, 41), { mode: 0o755 }),
  directory('usr/lib'),
  directory('usr/lib/runtime'),
  file('usr/lib/runtime/core.bin', noise(7_000, 51)),
  ...['http', 'json', 'text'].map((name) => file(`usr/lib/runtime/${name}.js`, module(name, 24))),
  directory('usr/lib/runtime/plugins'),
  ...['brotli', 'gzip', 'sprites'].map((name) => file(`usr/lib/runtime/plugins/${name}.js`, module(name, 9))),
  directory('usr/share/doc/runtime'),
  file('usr/share/doc/runtime/API.md', '# API\n\nListen, answer, and say hello.\n'.repeat(30)),
]

/** @param {Record<string, string>} words */
const greetings = (words) =>
  Object.entries(words).map(([language, hello]) =>
    file(`app/greetings/${language}.json`, json({ language, hello, goodbye: `${hello}?` })),
  )

const app10 = () => [
  directory('app'),
  directory('app/bin'),
  program('app/bin/healthcheck', 'grep -q ok /var/log/greeter/state', { mode: 0o644 }),
  file('app/config', 'port = 80\nlanguage = en\n'),
  directory('app/data'),
  file('app/data/seen.json', '[]\n'),
  directory('app/greetings'),
  ...greetings({ de: 'Guten Tag', en: 'Hello', fr: 'Bonjour', it: 'Buongiorno' }),
  directory('app/legacy'),
  file('app/legacy/server.cgi', module('cgi', 30), { mode: 0o755 }),
  directory('app/legacy/templates'),
  ...['footer', 'header', 'hello'].map((name) =>
    file(`app/legacy/templates/${name}.html`, `<p class="${name}"></p>\n`.repeat(40)),
  ),
  file('app/package.json', json({ name: 'greeter', version: '1.0.0', main: 'server.js' })),
  directory('app/public'),
  file('app/public/index.html', '<!doctype html>\n<title>Greeter</title>\n<h1>Hello</h1>\n'),
  file('app/public/logo.png', noise(4_200, 61)),
  file('app/public/style.css', 'h1 { font: 3rem serif }\n'),
  file('app/server.js', module('greet', 12)),
  symlink('app/start', 'server.js'),
  file('etc/passwd', passwd + greeter),
  directory('var/log/greeter', { uid: 100, gid: 101 }),
]

const patch11 = () => [
  file('etc/hosts', '127.0.0.1 localhost greeter\n::1 localhost\n'),
  symlink('etc/localtime', '../usr/share/zoneinfo/Europe/Lisbon'),
  file('etc/os-release', osRelease('4.2')),
  whiteout('home'),
  directory('opt'),
  whiteout('opt/installer'),
  directory('root', { mode: 0o750 }),
  whiteout('usr/bin/now'),
  file('usr/bin/run', noise(6_000, 41), { mode: 0o755, ...mayBindPorts }),
  file('usr/lib/runtime/core.bin', noise(8_300, 52)),
  file('usr/lib/runtime/http.js', module('http', 31)),
  whiteout('usr/lib/runtime/plugins/sprites.js'),
  directory('usr/share/doc'),
  opaque('usr/share/doc'),
  file('usr/share/doc/README', 'The manuals are at https://example.org/little.\n'),
]

const app11 = () => [
  directory('app'),
  directory('app/bin'),
  program('app/bin/healthcheck', 'grep -q ok /var/log/greeter/state', { mode: 0o755 }),
  directory('app/config'),
  file('app/config/default.json', json({ port: 80, language: 'en' })),
  file('app/config/festive.json', json({ extends: 'default.json', hello: 'Happy new year' })),
  directory('app/data', { uid: 100, gid: 101 }),
  file('app/data/seen.json', '[]\n', { uid: 100, gid: 101, mode: 0o640 }),
  directory('app/greetings'),
  ...greetings({ de: 'Moin', en: 'Hello', es: 'Buenos días', fr: 'Bonjour', ja: 'こんにちは' }),
  hardlink('app/greetings/default.json', 'app/greetings/en.json'),
  file('app/package.json', json({ name: 'greeter', version: '1.1.0', main: 'main.js', type: 'module' })),
  file('app/main.js', module('main', 18)),
  directory('app/public'),
  file('app/public/app.js', module('page', 10)),
  file(
    'app/public/index.html',
    '<!doctype html>\n<title>Greeter</title>\n<script type="module" src="app.js"></script>\n',
  ),
  file('app/public/logo.png', noise(2_900, 62), xattr('user.comment', 'A waving hand')),
  file('app/public/style.css', 'h1 { font: 3rem serif }\n'),
  symlink('app/start', 'main.js'),
  directory('app/workers'),
  file('app/workers/queue.js', module('queue', 14)),
  file('app/workers/mail.js', module('mail', 8)),
  directory('app/workers/templates'),
  file('app/workers/templates/welcome.txt', 'Hello {{name}},\n\nwelcome to Greeter.\n'),
  file('etc/passwd', `${passwd + greeter}mailer:x:102:101:mailer:/app/workers:/bin/false\n`),
  directory('var/log/greeter', { uid: 100, gid: 101 }),
]

/** @type {Record<string, { mtime: Date, entries: () => TarEntry[], createdBy: string }>} */
const layers = {
  base: { mtime: march, entries: base, createdBy: 'ADD little-4.1.tar / # buildkit' },
  runtime: { mtime: march, entries: runtime, createdBy: 'RUN /bin/sh -c install runtime # buildkit' },
  'app-1.0': { mtime: march, entries: app10, createdBy: 'COPY app /app # buildkit' },
  'patch-1.1': { mtime: june, entries: patch11, createdBy: 'RUN /bin/sh -c upgrade --purge-docs # buildkit' },
  'app-1.1': { mtime: june, entries: app11, createdBy: 'COPY app /app # buildkit' },
}

/** @type {{ tag: string, created: Date, stack: string[], config: Record<string, unknown> }[]} */
const images = [
  {
    tag: '1.0',
    created: march,
    stack: ['base', 'runtime', 'app-1.0'],
    config: {
      Env: ['PATH=/usr/bin:/app/bin', 'LANG=en'],
      Cmd: ['run', '/app/start'],
      ExposedPorts: { '80/tcp': {} },
      Labels: { 'org.opencontainers.image.version': '1.0' },
    },
  },
  {
    tag: '1.1',
    created: june,
    stack: ['base', 'runtime', 'patch-1.1', 'app-1.1'],
    config: {
      User: 'greeter',
      Env: ['PATH=/usr/bin:/app/bin', 'MAIL_QUEUE=/app/workers'],
      Cmd: ['run', '/app/start', '--workers=2'],
      ExposedPorts: { '8080/tcp': {} },
      Healthcheck: { Test: ['CMD', '/app/bin/healthcheck'], Interval: 30_000_000_000 },
      Labels: { 'org.opencontainers.image.version': '1.1' },
    },
  },
]

/** Writes build/sample/greeter-TAG.tar; files that are already so are left alone. */
export async function makeSamples() {
  for (const image of images) writeWhole(join(root, `build/sample/greeter-${image.tag}.tar`), await packImage(image))
}

/**
 * An OCI archive.
 * @param {typeof images[number]} image
 */
async function packImage({ tag, created, stack, config }) {
  /** @type {Map<string, Uint8Array>} */
  const blobs = new Map()
  const keep = (/** @type {string} */ mediaType, /** @type {Uint8Array} */ bytes) => {
    const digest = sha256(bytes)
    blobs.set(digest, bytes)
    return { mediaType: `application/vnd.oci.image.${mediaType}`, digest, size: bytes.length }
  }
  const keepJson = (/** @type {string} */ mediaType, /** @type {unknown} */ value) =>
    keep(`${mediaType}+json`, Buffer.from(JSON.stringify(value)))

  const packed = await Promise.all(stack.map((name) => packLayer(layers[name])))
  const configDescriptor = keepJson('config.v1', {
    created,
    os: 'linux',
    architecture: 'amd64',
    config,
    rootfs: { type: 'layers', diff_ids: packed.map(({ tar }) => sha256(tar)) },
    history: [
      ...stack.map((name) => ({ created: layers[name].mtime, created_by: layers[name].createdBy })),
      { created, created_by: `CMD ${JSON.stringify(config.Cmd)}`, empty_layer: true },
    ],
  })
  const manifest = keepJson('manifest.v1', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: configDescriptor,
    layers: packed.map(({ gzip }) => keep('layer.v1.tar+gzip', gzip)),
  })
  const named = { ...manifest, annotations: { 'org.opencontainers.image.ref.name': `greeter:${tag}` } }
  return packTar(
    [
      directory('blobs'),
      directory('blobs/sha256'),
      ...Array.from(blobs, ([digest, bytes]) => file(`blobs/${digest.replace(':', '/')}`, bytes)),
      file('index.json', JSON.stringify({ schemaVersion: 2, manifests: [named] })),
      file('oci-layout', JSON.stringify({ imageLayoutVersion: '1.0.0' })),
    ].map((entry) => dated(entry, created)),
  )
}

/** @param {typeof layers[string]} layer */
async function packLayer({ mtime, entries }) {
  const tar = await packTar(entries().map((entry) => dated(entry, mtime)))
  const gzip = gzipSync(tar, { level: 9 })
  gzip[9] = 255 // the operating system, which zlib fills in
  return { tar, gzip }
}

/** @type {(entry: TarEntry, mtime: Date) => TarEntry} */
const dated = ({ header, body }, mtime) => ({ header: { ...header, mtime }, body })

/** @param {Uint8Array} bytes */
function sha256(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`
}

if (isMain(import.meta.url)) await makeSamples()

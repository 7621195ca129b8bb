// Which changes deserve a second look.

import { describe, expect, test } from 'vitest'
import { diffLayers } from '../src/index.js'
import { notableReasons } from '../src/notable.js'
import { notableGroups } from '../src/report/notable-words.js'
import { bytes, device, directory, file, symlink, type TarPart, tar, whiteout } from './support/tar-builder.js'

const run = { mode: 0o755 }
const capability = { xattrs: { 'security.capability': bytes('cap_net_raw') } }

describe('an added path', () => {
  const cases: [name: string, part: TarPart, reasons: string[]][] = [
    ['a plain file', file('a'), []],
    ['an executable', file('bin/a', 'x', run), ['executable']],
    ['a setuid file', file('bin/su', 'x', { mode: 0o4755 }), ['setuid', 'executable']],
    ['a setgid file', file('bin/wall', 'x', { mode: 0o2755 }), ['setgid', 'executable']],
    ['a setgid bit that stands for locking', file('a', 'x', { mode: 0o2644 }), []],
    ['a setgid directory', directory('srv', { mode: 0o2775 }), []],
    ['a capability', file('bin/ping', 'x', { ...run, ...capability }), ['capability', 'executable']],
    ['a file that everybody may write', file('a', 'x', { mode: 0o666 }), ['world-writable']],
    ['a directory that everybody may write', directory('a', { mode: 0o777 }), ['world-writable']],
    ['/tmp', directory('tmp', { mode: 0o1777 }), []],
    ['a symlink, whose mode says nothing', symlink('a', 'b'), []],
    ['a device', device('dev/sda', 'block', 8, 0), ['device']],
    ['an SSH key', file('root/.ssh/id_ed25519'), ['credential']],
    ['its public half', file('root/.ssh/id_ed25519.pub'), []],
    ['a PEM', file('app/server.PEM'), ['credential']],
    ['a certificate of an authority', file('etc/ssl/certs/Some_CA.pem'), []],
    ['an .env', file('app/.env.production'), ['credential']],
    ['credentials of a cloud', file('home/me/.aws/credentials'), ['credential']],
    ['a login of docker', file('root/.docker/config.json'), ['credential']],
    ['who may log in', file('root/.ssh/authorized_keys'), ['credential']],
    ['hosts that are known', file('root/.ssh/known_hosts'), []],
    ['a template of settings', file('app/.env.example'), []],
    ['a certificate', file('etc/server/cert.pem'), []],
    ['a chain of them', file('app/fullchain.pem'), []],
    ['passwords of users', file('etc/shadow'), ['credential']],
    ['what they were before', file('etc/shadow-'), []],
    ['some other config.json', file('app/config.json'), []],
    ['a folder called secrets', directory('secrets'), []],
    ['a symlink above the root', symlink('a/b', '../../c'), ['escaping-symlink']],
    ['a symlink up to the root', symlink('a/b', '../c'), []],
    ['a symlink that goes down and up', symlink('a', 'b/../../c'), ['escaping-symlink']],
    ['an absolute symlink', symlink('a/b', '/c'), []],
    ['an absolute symlink above the root', symlink('a/b', '/../c'), ['escaping-symlink']],
    ['a file of root, as most are', file('a', '', { uid: 0 }), []],
  ]
  test.for(cases)('%s', async ([, part, reasons]) => {
    const diff = await diffLayers([], [tar([part])])
    const change = [...diff.changes].find(({ path }) => path === part.path)
    expect(change && notableReasons(change)).toEqual(reasons)
    expect(diff.notable()).toEqual(reasons.length > 0 ? [{ path: part.path, reasons }] : [])
    expect(diff.toJSON().notable).toEqual(diff.notable())
  })
})

describe('a modified path', () => {
  const cases: [name: string, before: TarPart, after: TarPart, reasons: string[]][] = [
    ['a setuid bit that was there', file('a', '1', { mode: 0o4755 }), file('a', '2', { mode: 0o4755 }), []],
    [
      'a setuid bit of another owner',
      file('a', '1', { mode: 0o4755, uid: 7 }),
      file('a', '1', { mode: 0o4755, uid: 8 }),
      ['setuid'],
    ],
    [
      'a setgid bit of another group',
      file('a', '1', { mode: 0o2755, gid: 7 }),
      file('a', '1', { mode: 0o2755, gid: 8 }),
      ['setgid'],
    ],
    ['a setuid bit that was not', file('a', '1', run), file('a', '1', { mode: 0o4755 }), ['setuid']],
    ['a setuid bit that went', file('a', '1', { mode: 0o4755 }), file('a', '1', run), []],
    ['a file that can be executed now', file('a', '1'), file('a', '1', run), ['executable']],
    ['another content of an executable', file('a', '1', run), file('a', '2', run), []],
    ['root as the new owner', file('a', '1', { uid: 7 }), file('a', '1', { uid: 0 }), ['root-owner']],
    ['another owner', file('a', '1', { uid: 0 }), file('a', '1', { uid: 7 }), []],
    ['root as the new group', file('a', '1', { gid: 7 }), file('a', '1', { gid: 0 }), []],
    [
      'another capability',
      file('a', '1', capability),
      file('a', '1', { xattrs: { 'security.capability': 'x' } }),
      ['capability'],
    ],
    ['another content of a key', file('k.pem', '1'), file('k.pem', '2'), ['credential']],
    ['another owner of a key', file('k.pem', '1'), file('k.pem', '1', { gid: 3 }), []],
    ['a file that became a device', file('a', '1'), device('a', 'char', 1, 3), ['device']],
    ['a symlink that climbs out now', symlink('a', 'b'), symlink('a', '../b'), ['escaping-symlink']],
    ['a symlink that did so before', symlink('a', '../b'), symlink('a', '../b', { uid: 3 }), []],
  ]
  test.for(cases)('%s', async ([, before, after, reasons]) => {
    const diff = await diffLayers([tar([before])], [tar([after])])
    expect(diff.notable().flatMap((one) => one.reasons)).toEqual(reasons)
  })
})

test('what was removed is not notable', async () => {
  const base = tar([file('bin/su', 'x', { mode: 0o4755 })])
  expect((await diffLayers([base], [base, tar([whiteout('bin/su')])])).notable()).toEqual([])
})

test('names that are no UTF-8 keep their bytes', async () => {
  const path = Uint8Array.of(0x61, 0xff)
  const [found] = (await diffLayers([], [tar([file(path, 'x', { mode: 0o4755 })])])).notable()
  expect(found).toEqual({ path: 'a\ufffd', pathBytes: path, reasons: ['setuid', 'executable'] })
})

test('groups stand in the order of their gravity, each path in one', () => {
  const groups = notableGroups([
    { path: 'a', reasons: ['executable'] },
    { path: 'b', reasons: ['setuid', 'executable'] },
    { path: 'c', reasons: ['executable'] },
  ])
  expect(groups.map(({ reason, changes }) => [reason, changes.map(({ path }) => path)])).toEqual([
    ['setuid', ['b']],
    ['executable', ['a', 'c']],
  ])
})

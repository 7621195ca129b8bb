// What differs between configs, from configs as they are stored.

import { describe, expect, test } from 'vitest'
import { parseConfig } from '../src/image/config.js'
import { diffConfigs } from '../src/image/config-diff.js'
import { bytes } from './support/tar-builder.js'

interface Given {
  [key: string]: unknown
  os?: string
  architecture?: string
  variant?: string
  author?: string
  config?: unknown
}

const parsed = (given: Given) =>
  parseConfig(bytes(JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { diff_ids: [] }, ...given })))

const running = (config: unknown): Given => ({ config })

function changes(before: Given, after: Given): string[] {
  return diffConfigs(parsed(before), parsed(after)).map(({ field, name, kind, before: old, after: now }) => {
    const subject = name === null ? field : `${field} ${name}`
    return `${kind} ${subject}: ${JSON.stringify(old)} ${JSON.stringify(now)}`
  })
}

const whole = { Test: ['CMD', 'a'], Interval: 5, Timeout: 6, StartPeriod: 7, StartInterval: 8, Retries: 9 }

describe('differences', () => {
  test.for<[string, Given, Given, string[]]>([
    ['none', running({ Env: ['A=1'], Cmd: ['sh'] }), running({ Env: ['A=1'], Cmd: ['sh'] }), []],
    ['nothing said, in several ways', running({ Env: null, User: '', Cmd: [] }), running(null), []],
    ['a variable more', running({}), running({ Env: ['A=1'] }), ['added env A: null "1"']],
    ['a variable less', running({ Env: ['A=1'] }), running({}), ['removed env A: "1" null']],
    ['a variable changed', running({ Env: ['A=1'] }), running({ Env: ['A=2'] }), ['modified env A: "1" "2"']],
    ['variables in another order', running({ Env: ['A=1', 'B=2'] }), running({ Env: ['B=2', 'A=1'] }), []],
    ['a variable set twice', running({ Env: ['A=1', 'A=2'] }), running({ Env: ['A=2'] }), []],
    ['a value with =', running({ Env: ['A=b=c'] }), running({ Env: ['A=b=d'] }), ['modified env A: "b=c" "b=d"']],
    ['no value and an empty one', running({ Env: ['A'] }), running({ Env: ['A='] }), ['modified env A: null ""']],
    ['a variable without a value more', running({}), running({ Env: ['A'] }), ['added env A: null null']],
    [
      'labels',
      running({ Labels: { a: '1', b: '2', c: '3' } }),
      running({ Labels: { d: '4', b: '5', a: '1' } }),
      ['modified labels b: "2" "5"', 'removed labels c: "3" null', 'added labels d: null "4"'],
    ],
    [
      'ports and volumes',
      running({ ExposedPorts: { '80/tcp': {} }, Volumes: { '/a': {} } }),
      running({ ExposedPorts: { '443/tcp': {} }, Volumes: { '/a': {}, '/b': {} } }),
      [
        'removed exposedPorts 80/tcp: null null',
        'added exposedPorts 443/tcp: null null',
        'added volumes /b: null null',
      ],
    ],
    [
      'commands, whole',
      running({ Entrypoint: ['a'], Cmd: ['b'], Shell: ['c'] }),
      running({ Entrypoint: ['a', 'x'], OnBuild: ['RUN d'], Shell: ['c'] }),
      ['modified entrypoint: ["a"] ["a","x"]', 'removed cmd: ["b"] null', 'added onBuild: null ["RUN d"]'],
    ],
    [
      'texts',
      { author: 'a', ...running({ User: '0', WorkingDir: '/', StopSignal: 'SIGTERM' }) },
      { ...running({ User: '1', WorkingDir: '/srv', StopSignal: 'SIGTERM' }) },
      ['removed author: "a" null', 'modified user: "0" "1"', 'modified workingDir: "/" "/srv"'],
    ],
    [
      'platforms',
      { os: 'linux', architecture: 'arm', variant: 'v6' },
      { os: 'windows', architecture: 'arm64' },
      ['modified os: "linux" "windows"', 'modified architecture: "arm" "arm64"', 'removed variant: "v6" null'],
    ],
    ['the same healthcheck', running({ Healthcheck: whole }), running({ Healthcheck: { ...whole } }), []],
    [
      'a healthcheck',
      running({ Healthcheck: { Test: ['NONE'] } }),
      running({ Healthcheck: whole }),
      [
        'modified healthcheck: {"test":["NONE"],"interval":null,"timeout":null,"startPeriod":null,"startInterval":null,"retries":null} {"test":["CMD","a"],"interval":5,"timeout":6,"startPeriod":7,"startInterval":8,"retries":9}',
      ],
    ],
    [
      'keys that have no field',
      { 'os.version': '10.0.1', 'os.features': ['a'], ...running({ StopTimeout: 10, Tty: true, ArgsEscaped: false }) },
      { 'os.version': '10.0.2', 'os.features': ['a'], ...running({ Hostname: 'x', NetworkDisabled: true }) },
      [
        'modified other os.version: "\\"10.0.1\\"" "\\"10.0.2\\""',
        'removed other config.StopTimeout: "10" null',
        'added other config.NetworkDisabled: null "true"',
      ],
    ],
    ['what is no part of running it', { created: '2024' } as Given, { created: '2025' } as Given, []],
  ])('%s', ([, before, after, expected]) => {
    expect(changes(before, after)).toEqual(expected)
  })
})

test('names that objects inherit are names like others', () => {
  const hostile = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  const labels = JSON.parse(`{${hostile.map((name) => `"${name}":"x"`).join()}}`)
  const set = JSON.parse(`{${hostile.map((name) => `"${name}":{}`).join()}}`)
  const after = running({ Env: hostile.map((name) => `${name}=1`), Labels: labels, ExposedPorts: set, Volumes: set })
  const found = diffConfigs(parsed(running({})), parsed(after))
  for (const field of ['env', 'labels', 'exposedPorts', 'volumes']) {
    expect(found.filter((change) => change.field === field).map(({ name }) => name)).toEqual(hostile)
  }
  expect(found.every(({ kind }) => kind === 'added')).toBe(true)
  expect(diffConfigs(parsed(after), parsed(after))).toEqual([])
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

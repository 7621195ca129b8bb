// Differences of configs in words, a line each.

import type { ConfigChange, ConfigField, ConfigValue } from '../image-types.js'
import { escapeText } from '../text.js'
import { columnsOf } from './columns.js'
import { cutPair, cutText } from './cut.js'

/** As Dockerfiles and people call them. */
const LABELS: Readonly<Record<ConfigField, string>> = {
  os: 'os',
  architecture: 'architecture',
  variant: 'variant',
  author: 'author',
  user: 'user',
  workingDir: 'workdir',
  entrypoint: 'entrypoint',
  cmd: 'cmd',
  shell: 'shell',
  env: 'env',
  labels: 'label',
  exposedPorts: 'port',
  volumes: 'volume',
  stopSignal: 'stopsignal',
  healthcheck: 'healthcheck',
  onBuild: 'onbuild',
  other: 'other',
}

export function configLabel(field: ConfigField): string {
  return LABELS[field]
}

/** `env PATH  /bin → /usr/bin:/bin`, in no more than so many columns. */
export function configLine({ field, name, kind, before, after }: ConfigChange, columns: number): string {
  const subject = cutText([LABELS[field], ...(name === null ? [] : [escapeText(name)])].join(' '), columns)
  const room = columns - columnsOf(subject) - 2
  if (room < 8) return subject
  if (kind === 'modified') return `${subject}  ${cutPair(configValue(before), configValue(after), room)}`
  const value = kind === 'added' ? after : before
  return value === null ? subject : `${subject}  ${cutText(configValue(value), room)}`
}

/** A value in one line, escaped; `(unset)` for none. */
export function configValue(value: ConfigValue): string {
  if (value === null) return '(unset)'
  if (typeof value === 'string') return value === '' ? '""' : escapeText(value)
  if ('test' in value) return escapeText(healthcheckText(value))
  return escapeText(JSON.stringify(value))
}

function healthcheckText({ test, ...numbers }: Extract<ConfigValue, { test: unknown }>): string {
  const { interval, timeout, startPeriod, startInterval, retries } = numbers
  const times = Object.entries({ interval, timeout, startPeriod, startInterval }).flatMap(([name, nanoseconds]) =>
    nanoseconds === null ? [] : [`${name} ${nanoseconds / 1e9} s`],
  )
  const words = [...times, ...(retries === null ? [] : [`retries ${retries}`])]
  return [test.length > 0 ? JSON.stringify(test) : 'inherited', ...words].join(', ')
}

// What differs between the configs of two images.
//
// Takes: configs and platforms. Gives: one change for each name of what is held by name (environment, labels, ports,
// volumes, keys that have no field) and one for each other field, in the order of ConfigField. Names come from images: one may be `__proto__`, and
// so none is ever a key of a plain object here. A value that says nothing is null.

import type { ConfigChange, ConfigField, ConfigValue, Image } from '../image-types.js'

type Configured = Pick<Image, 'config' | 'platform'>

/** What one config says of a field: by name, or as a whole. */
type Read = (image: Configured) => ReadonlyMap<string, string | null> | ConfigValue

/** Every field, in the order in which changes are given. */
const FIELDS: Readonly<Record<ConfigField, Read>> = {
  os: ({ platform }) => platform.os,
  architecture: ({ platform }) => platform.architecture,
  variant: ({ platform }) => platform.variant,
  author: ({ config }) => config.author,
  user: ({ config }) => config.user,
  workingDir: ({ config }) => config.workingDir,
  entrypoint: ({ config }) => listOf(config.entrypoint),
  cmd: ({ config }) => listOf(config.cmd),
  shell: ({ config }) => listOf(config.shell),
  env: ({ config }) => new Map(config.env.map(variable)),
  labels: ({ config }) => new Map(Object.entries(config.labels)),
  exposedPorts: ({ config }) => new Map(config.exposedPorts.map((port) => [port, null])),
  volumes: ({ config }) => new Map(config.volumes.map((volume) => [volume, null])),
  stopSignal: ({ config }) => config.stopSignal,
  healthcheck: ({ config }) => config.healthcheck,
  onBuild: ({ config }) => listOf(config.onBuild),
  other: ({ config: { raw } }) =>
    new Map([...rest(raw, NOT_OTHER, ''), ...rest(raw.config, NOT_OTHER_RUNNING, 'config.')]),
}

/** Keys that have a field, are compared elsewhere, or tell when and where an image was made. */
const NOT_OTHER =
  /^(os|architecture|variant|author|config|rootfs|history|created|comment|id|parent|container|container_config|docker_version|moby\.buildkit\..*)$/
/** The same, and what is left of the container that an image was committed from, which no other container is given. */
const NOT_OTHER_RUNNING =
  /^(User|WorkingDir|Entrypoint|Cmd|Shell|Env|Labels|ExposedPorts|Volumes|StopSignal|Healthcheck|OnBuild|Hostname|Domainname|Image|Attach(Stdin|Stdout|Stderr)|OpenStdin|StdinOnce|Tty)$/
/** What Go writes for what was left out. */
const SAYS_NOTHING = ['null', '""', '0', 'false', '[]', '{}']

/** Keys of a part of a config with their values as JSON: what nobody here knows may matter to who runs the image. */
function rest(part: unknown, known: RegExp, prefix: string): [string, string][] {
  return Object.entries(part ?? {}).flatMap(([key, value]): [string, string][] => {
    const json = JSON.stringify(value)
    return known.test(key) || SAYS_NOTHING.includes(json) ? [] : [[prefix + key, json]]
  })
}

export function diffConfigs(before: Configured, after: Configured): ConfigChange[] {
  return (Object.keys(FIELDS) as ConfigField[]).flatMap((field) => {
    const [old, now] = [FIELDS[field](before), FIELDS[field](after)]
    return old instanceof Map || now instanceof Map
      ? byName(field, old as ReadonlyMap<string, string | null>, now as ReadonlyMap<string, string | null>)
      : whole(field, old as ConfigValue, now as ConfigValue)
  })
}

function listOf(values: readonly string[]): readonly string[] | null {
  return values.length === 0 ? null : values
}

/** A variable without `=` has a name and no value. Of one that is set twice a container sees the last. */
function variable(text: string): [string, string | null] {
  const at = text.indexOf('=')
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
}

/** In the order of `before`; what was added follows in its own. */
function byName(
  field: ConfigField,
  before: ReadonlyMap<string, string | null>,
  after: ReadonlyMap<string, string | null>,
): ConfigChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name): ConfigChange[] => {
    const [old, now] = [before.get(name) ?? null, after.get(name) ?? null]
    if (!after.has(name)) return [{ field, name, kind: 'removed', before: old, after: null }]
    if (!before.has(name)) return [{ field, name, kind: 'added', before: null, after: now }]
    return old === now ? [] : [{ field, name, kind: 'modified', before: old, after: now }]
  })
}

function whole(field: ConfigField, before: ConfigValue, after: ConfigValue): ConfigChange[] {
  // Texts, lists of texts, and healthchecks whose keys stand in one order: their JSON is equal where they are.
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  const kind = before === null ? 'added' : after === null ? 'removed' : 'modified'
  return [{ field, name: null, kind, before, after }]
}

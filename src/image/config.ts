// The config of an image: what it says of running it, of its layers and of its history.
//
// Spec: OCI image-spec config.md; Docker's extensions (Healthcheck, Shell, OnBuild).

import { LayerDiffError } from '../errors.js'
import type { Healthcheck, ImageConfig, ImagePlatform } from '../image-types.js'
import { type HistoryLine, readHistory } from './history.js'
import { Json } from './json.js'
import { readDigest } from './manifest.js'
import { readPlatform } from './platforms.js'

export interface ParsedConfig {
  readonly config: ImageConfig
  readonly platform: ImagePlatform
  /** Bottom first. */
  readonly diffIds: readonly string[]
  readonly history: readonly HistoryLine[]
  /** As it was stored. */
  readonly bytes: Uint8Array
}

/** @throws {LayerDiffError} CONFIG_INVALID, DIGEST_UNSUPPORTED */
export function parseConfig(bytes: Uint8Array): ParsedConfig {
  const json = Json.parse(bytes, { code: 'CONFIG_INVALID', name: "The image's config" })
  const raw = json.object()
  const rootfs = json.get('rootfs')
  if (rootfs.absent) {
    throw new LayerDiffError(
      'CONFIG_INVALID',
      "The image's config has no rootfs, so it lists no layers. It was written before Docker 1.10, or is no image's config: save the image again with a current docker.",
    )
  }
  return {
    config: { ...readRunning(json), raw },
    platform: readPlatform(json),
    diffIds: rootfs.get('diff_ids').optional((ids) => ids.items().map(readDigest)) ?? [],
    history: json.get('history').optional(readHistory) ?? [],
    bytes,
  }
}

function readRunning(json: Json): Omit<ImageConfig, 'raw'> {
  const running = json.get('config')
  const get = (key: string) => (running.absent ? running : running.get(key))
  return {
    created: text(json.get('created')),
    author: text(json.get('author')),
    env: get('Env').strings(),
    entrypoint: command(get('Entrypoint')),
    cmd: command(get('Cmd')),
    user: text(get('User')),
    workingDir: text(get('WorkingDir')),
    exposedPorts: keys(get('ExposedPorts')),
    volumes: keys(get('Volumes')),
    labels: get('Labels').stringMap(),
    stopSignal: text(get('StopSignal')),
    healthcheck: get('Healthcheck').optional(readHealthcheck),
    shell: get('Shell').strings(),
    onBuild: get('OnBuild').strings(),
  }
}

/** An empty text says nothing: Go writes it for what was left out. */
function text(json: Json): string | null {
  return json.optional((value) => value.string()) || null
}

/** Docker takes a text for a list of one. */
function command(json: Json): string[] {
  return typeof json.value === 'string' ? [json.value] : json.strings()
}

/** Go's sets are objects whose values are empty. */
function keys(json: Json): string[] {
  return json.absent ? [] : Object.keys(json.object())
}

function readHealthcheck(json: Json): Healthcheck {
  const number = (key: string) => json.get(key).optional((value) => value.count()) || null
  return {
    test: json.get('Test').strings(),
    interval: number('Interval'),
    timeout: number('Timeout'),
    startPeriod: number('StartPeriod'),
    startInterval: number('StartInterval'),
    retries: number('Retries'),
  }
}

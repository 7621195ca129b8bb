// Builds images in memory: blobs by digest, OCI layouts and docker archives as tars, right ones and broken ones.
// Runs in Node and in browsers.

import { bytes, file, type TarPart, tar } from './tar-builder.js'

export const TYPES = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  gzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  zstd: 'application/vnd.oci.image.layer.v1.tar+zstd',
  foreign: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
} as const

export interface BuiltDescriptor {
  mediaType: string
  digest: string
  size: number
  annotations?: Record<string, string>
  platform?: { os: string; architecture: string; variant?: string }
  urls?: string[]
  artifactType?: string
}

export interface BuiltLayer {
  /** stored bytes */
  blob: Uint8Array
  /** digest of the uncompressed tar */
  diffId: string
  mediaType?: string
}

export async function sha256Of(content: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>)
  return `sha256:${Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

export const json = (value: unknown) => bytes(JSON.stringify(value))

export async function layer(content: Uint8Array, stored = content, mediaType?: string): Promise<BuiltLayer> {
  return { blob: stored, diffId: await sha256Of(content), mediaType }
}

export interface ConfigOptions {
  os?: string
  architecture?: string
  variant?: string
  history?: unknown
  config?: unknown
  diffIds?: string[]
}

export function configOf(layers: readonly BuiltLayer[], options: ConfigOptions = {}): Uint8Array {
  const { os = 'linux', architecture = 'amd64', variant, history, config = {}, diffIds } = options
  return json({
    os,
    architecture,
    variant,
    config,
    history: history ?? layers.map((_, index) => ({ created: '2024-01-02T03:04:05Z', created_by: `step ${index}` })),
    rootfs: { type: 'layers', diff_ids: diffIds ?? layers.map(({ diffId }) => diffId) },
  })
}

/** Collects blobs; each call gives the descriptor of what it added. */
export class Layout {
  readonly blobs = new Map<string, Uint8Array>()

  async add(content: Uint8Array, mediaType: string, more: Partial<BuiltDescriptor> = {}): Promise<BuiltDescriptor> {
    const digest = await sha256Of(content)
    this.blobs.set(digest, content)
    return { mediaType, digest, size: content.byteLength, ...more }
  }

  /** A whole image. */
  async image(
    layers: readonly BuiltLayer[],
    options: ConfigOptions & { manifest?: Record<string, unknown>; descriptor?: Partial<BuiltDescriptor> } = {},
  ): Promise<BuiltDescriptor> {
    const config = await this.add(configOf(layers, options), TYPES.config)
    const descriptors: BuiltDescriptor[] = []
    for (const { blob, mediaType = TYPES.layer } of layers) descriptors.push(await this.add(blob, mediaType))
    const manifest = { schemaVersion: 2, mediaType: TYPES.manifest, config, layers: descriptors, ...options.manifest }
    return this.add(json(manifest), TYPES.manifest, options.descriptor)
  }

  async index(manifests: readonly BuiltDescriptor[], more: Partial<BuiltDescriptor> = {}): Promise<BuiltDescriptor> {
    return this.add(json({ schemaVersion: 2, mediaType: TYPES.index, manifests }), TYPES.index, more)
  }

  /** The members of an archive of this layout. */
  parts(manifests: readonly BuiltDescriptor[] | null): TarPart[] {
    return [
      file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
      file('index.json', json({ schemaVersion: 2, manifests })),
      ...Array.from(this.blobs, ([digest, content]) => file(`blobs/${digest.replace(':', '/')}`, content)),
    ]
  }

  tar(manifests: readonly BuiltDescriptor[] | null): Uint8Array {
    return tar(this.parts(manifests))
  }
}

export const named = (name: string) => ({ annotations: { 'org.opencontainers.image.ref.name': name } })

/** The members of a docker archive of one image, as docker wrote it before version 25. */
export function dockerParts(
  layers: readonly BuiltLayer[],
  names: string[] | null,
  options: ConfigOptions = {},
): TarPart[] {
  const paths = layers.map((_, index) => `version-${index}/layer.tar`)
  return [
    file('config.json', configOf(layers, options)),
    ...layers.map(({ blob }, index) => file(paths[index] as string, blob)),
    file('manifest.json', json([{ Config: 'config.json', RepoTags: names, Layers: paths }])),
  ]
}

/** A docker archive of one layer whose row in manifest.json is changed, with more members before that. */
export async function dockerArchive(
  content: Uint8Array,
  row: Record<string, unknown>,
  more: readonly (TarPart | Uint8Array)[] = [],
): Promise<Uint8Array> {
  const parts = dockerParts([await layer(content)], ['app:1']).filter(({ path }) => path !== 'manifest.json')
  const manifest = [{ Config: 'config.json', RepoTags: ['app:1'], Layers: ['version-0/layer.tar'], ...row }]
  return tar([...parts, ...more, file('manifest.json', json(manifest))])
}

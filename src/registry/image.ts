// Images of registries.
//
// Takes: a name. Gives: the image that it stands for there, whose layers are fetched when they are opened, and verified by
// who reads them: each has its digest and size.

import { platform } from '#platform'
import { LayerDiffError } from '../errors.js'
import { assembleImage, type FoundLayer } from '../image/assemble.js'
import type { Descriptor } from '../image/manifest.js'
import { layerKind } from '../image/media-types.js'
import { resolveImageOptions } from '../image/options.js'
import { selectImage } from '../image/select.js'
import type { Image, OpenImageOptions, Reference, RegistryOptions } from '../image-types.js'
import { RegistryClient } from './client.js'
import type { StoredCredentials } from './credentials.js'
import { parseReference } from './reference.js'
import type { Clock } from './transport.js'

/** @throws {LayerDiffError} IMAGE_NOT_FOUND, REGISTRY_DENIED, REGISTRY_UNREACHABLE, and what a broken image is called */
export async function openRegistryImage(
  named: Reference,
  options: OpenImageOptions = {},
  clock?: Clock,
): Promise<Image> {
  const resolved = resolveImageOptions(options)
  const { signal } = resolved
  signal?.throwIfAborted()
  const registry = options.registry ?? {}
  const reference = withTag(named, resolved.tag)
  const client = new RegistryClient(reference, { registry, credentialsFor: lookup(registry), signal, clock })
  const root = await client.resolve()
  const { descriptor, manifest, parsed, bytes } = await selectImage(client, [root], resolved)
  const layers: FoundLayer[] = []
  for (const [index, layer] of manifest.layers.entries()) layers.push(await findLayer(client, layer, index))
  const image = assembleImage(
    {
      source: 'registry',
      name: reference.toString(),
      manifestDigest: descriptor.digest,
      configDigest: manifest.config.digest,
      parsed,
      manifest: bytes,
      layers,
    },
    resolved.verify,
  )
  return { ...image, async close() {} }
}

/** The name with another tag or digest. It is read anew, since a caller may have made it: it becomes part of an address. */
function withTag({ registry, repository, tag, digest }: Reference, wanted: string | undefined): Reference {
  const name = `${registry}/${repository}`
  if (wanted !== undefined) return parseReference(`${name}${wanted.includes(':') ? '@' : ':'}${wanted}`)
  return parseReference(`${name}${tag == null ? '' : `:${tag}`}${digest == null ? '' : `@${digest}`}`)
}

function lookup({ credentials }: RegistryOptions): (registry: string) => Promise<StoredCredentials | null> {
  if (credentials === undefined) return (registry) => platform.credentialsFor(registry)
  return async (registry) => {
    const given = typeof credentials === 'function' ? await credentials(registry) : credentials
    if (given === null) return null
    if (typeof given === 'object') {
      const texts = 'token' in given ? [given.token] : [given.username, given.password]
      if (texts.every((text) => typeof text === 'string')) return given
    }
    // What was given is not said: it may be a password.
    throw new LayerDiffError(
      'INVALID_ARGUMENT',
      'registry.credentials must be { username, password } or { token }, or a function that gives one of them or null.',
    )
  }
}

async function findLayer(client: RegistryClient, descriptor: Descriptor, index: number): Promise<FoundLayer> {
  const { digest, mediaType, size, urls } = descriptor
  if (layerKind(mediaType) === 'foreign' && !(await client.hasBlob(digest))) {
    return { digest, mediaType, size, open: null, urls }
  }
  return { digest, mediaType, size, open: () => client.openBlob(descriptor, `Layer ${index}`), urls: [] }
}

// The files of an OCI archive that Docker can load too: an OCI layout, and docker's own manifest.json beside it, as
// `docker save` writes since version 25.
//
// Takes: an image's blobs and its names. Gives: members for archive-writer.ts. Spec: OCI image-spec image-layout.md,
// annotations.md; moby's image/tarexport; names as containerd and Docker write them.

import type { ArchiveMember } from './archive-writer.js'
import { Json } from './json.js'

const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'

export interface ArchivedBlob {
  readonly digest: string
  readonly size: number
  chunks(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** What the image is called: a tag, and where it is known the name in full and as people write it. */
export interface ArchivedName {
  readonly tag: string | null
  readonly full: string | null
  readonly familiar: string | null
}

export interface ArchivedImage {
  readonly manifest: { readonly digest: string; readonly bytes: Uint8Array }
  readonly config: { readonly digest: string; readonly bytes: Uint8Array }
  /** Bottom first; one that comes twice comes twice here. */
  readonly layers: readonly ArchivedBlob[]
  readonly name: ArchivedName
}

/** Small files first, so that one who reads from the start knows what follows. */
export function archiveMembers({ manifest, config, layers, name }: ArchivedImage): ArchiveMember[] {
  const blobs = new Map<string, ArchiveMember>()
  const add = (digest: string, size: number, chunks: ArchiveMember['chunks']) => {
    if (!blobs.has(digest)) blobs.set(digest, { name: blobName(digest), size, chunks })
  }
  for (const { digest, bytes } of [manifest, config]) add(digest, bytes.byteLength, () => [bytes])
  for (const { digest, size, chunks } of layers) add(digest, size, chunks)
  const annotations = {
    ...(name.full === null ? {} : { 'io.containerd.image.name': name.full }),
    ...(name.tag === null ? {} : { 'org.opencontainers.image.ref.name': name.tag }),
  }
  const descriptor = {
    mediaType: mediaTypeOf(manifest.bytes),
    digest: manifest.digest,
    size: manifest.bytes.byteLength,
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  }
  const row = {
    Config: blobName(config.digest),
    RepoTags: name.familiar === null ? null : [name.familiar],
    Layers: layers.map(({ digest }) => blobName(digest)),
  }
  return [
    jsonFile('oci-layout', { imageLayoutVersion: '1.0.0' }),
    jsonFile('index.json', { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [descriptor] }),
    jsonFile('manifest.json', [row]),
    folder('blobs/'),
    folder('blobs/sha256/'),
    ...blobs.values(),
  ]
}

/** Where a blob lies in the archive. */
export function blobName(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`
}

/** A manifest may leave out what it is only where it is OCI's. */
function mediaTypeOf(bytes: Uint8Array): string {
  const json = Json.parse(bytes, { code: 'MANIFEST_INVALID', name: 'The manifest' })
  return json.get('mediaType').optional((type) => type.string()) || OCI_MANIFEST
}

function jsonFile(name: string, value: unknown): ArchiveMember {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return { name, size: bytes.byteLength, chunks: () => [bytes] }
}

function folder(name: string): ArchiveMember {
  return { name, size: 0, chunks: () => [] }
}

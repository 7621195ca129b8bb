// Docker archives: what `docker save` writes, and skopeo, podman, kaniko and bazel as `docker-archive`.
//
// Takes: files by name. Gives: one image of those that manifest.json lists. Its layers may be VERSION/layer.tar folders
// (with symlinks for layers that come twice), HEX.tar, HEX.tar.gz, or blobs by digest (Docker 25 and later); it says where
// each lies. Spec: moby's image/spec and image/tarexport. Names of files are no digests, but for those that say so.

import { LayerDiffError } from '../errors.js'
import type { Image } from '../image-types.js'
import type { FileSet, StoredFile } from '../input/file-set.js'
import { escapeText } from '../text.js'
import { assembleImage, type FoundLayer } from './assemble.js'
import { readSmall, verifyDigest } from './blobs.js'
import { type ParsedConfig, parseConfig } from './config.js'
import { isSha256, sha256 } from './digest.js'
import { Json } from './json.js'
import { layerKind } from './media-types.js'
import { ambiguous, choose } from './names.js'
import type { ResolvedImageOptions } from './options.js'
import { fits, platformMissing } from './platforms.js'

const MANIFEST = 'manifest.json'

interface Row {
  readonly names: readonly string[]
  readonly config: string
  readonly layers: readonly string[]
  /** Where layers came from, by diffId: Docker says so of foreign ones. */
  readonly sources: Json
}

/** @throws {LayerDiffError} MANIFEST_INVALID, IMAGE_AMBIGUOUS, IMAGE_TAG_MISSING, BLOB_MISSING, and more */
export async function openDockerArchive(files: FileSet, options: ResolvedImageOptions): Promise<Omit<Image, 'close'>> {
  const rows = await readRows(files)
  const [row, ...others] = choose(rows, options.tag, files.label)
  if (row === undefined) {
    throw new LayerDiffError('MANIFEST_INVALID', `${files.label} lists no image. Save an image to it.`)
  }
  if (others.length > 0) {
    throw ambiguous(options.tag === undefined ? rows : [row, ...others], files.label, 'docker-archive:FILE:NAME')
  }

  const configBytes = await readSmall(await findFile(files, row.config, "the image's config"), "The image's config")
  const named = digestIn(row.config)
  if (named !== undefined) verifyDigest(configBytes, named, "The image's config")
  const parsed = parseConfig(configBytes)
  if (options.platform && !fits(options.platform, parsed.platform)) {
    throw platformMissing(files.label, [options.platform], [parsed.platform])
  }
  const layers: FoundLayer[] = []
  for (const [index, path] of row.layers.entries()) layers.push(await findLayer(files, row, parsed, path, index))
  return assembleImage(
    {
      source: 'docker-archive',
      name: row.names.find((name) => name === options.tag) ?? row.names[0] ?? null,
      manifestDigest: null,
      configDigest: sha256(configBytes),
      parsed,
      manifest: null,
      layers,
    },
    options.verify,
  )
}

async function readRows(files: FileSet): Promise<Row[]> {
  const bytes = await readSmall(await findFile(files, MANIFEST, 'the list of images'), MANIFEST)
  const json = Json.parse(bytes, { code: 'MANIFEST_INVALID', name: MANIFEST })
  return json.items().map((row) => ({
    names: row.get('RepoTags').strings(),
    config: row.get('Config').string(),
    layers: row.get('Layers').strings(),
    sources: row.get('LayerSources'),
  }))
}

async function findLayer(
  files: FileSet,
  row: Row,
  parsed: ParsedConfig,
  path: string,
  index: number,
): Promise<FoundLayer> {
  const source = row.sources.absent ? row.sources : row.sources.get(parsed.diffIds[index] ?? '')
  const mediaType = source.absent ? undefined : source.get('mediaType').string()
  const digest = digestIn(path)
  const file = await files.find(path)
  if (file === null) {
    if (mediaType === undefined || layerKind(mediaType) !== 'foreign') throw missing(files, path, `layer ${index}`)
    return { digest, mediaType, size: source.get('size').count(), open: null, urls: source.get('urls').strings() }
  }
  // What is said of the source is true of the file only where that is the same blob.
  const same = digest !== undefined && !source.absent && source.get('digest').string() === digest
  const { size, open, index: read } = file
  return { digest, mediaType: same ? mediaType : undefined, size, open, urls: [], index: read }
}

async function findFile(files: FileSet, path: string, what: string): Promise<StoredFile> {
  const file = await files.find(path)
  if (file === null) throw missing(files, path, what)
  return file
}

function missing(files: FileSet, path: string, what: string): LayerDiffError {
  return new LayerDiffError(
    'BLOB_MISSING',
    `${files.label} lacks ${what}, which should be at "${escapeText(path)}". It is incomplete: save the image again.`,
    { path },
  )
}

/** The digest that a path states: `blobs/sha256/HEX`, or kaniko's `sha256:HEX`. */
export function digestIn(path: string): string | undefined {
  const digest = path.replace(/^blobs\/sha256\//, 'sha256:')
  return isSha256(digest) ? digest : undefined
}

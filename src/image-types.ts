// Every public type of images: names, what an image is made of, and what comparing, inspecting and pulling give. Types only.

import type { Cache, DiffOptions, Engine, Limits } from './engine-types.js'
import type { Change, LayerDiff, LayerDiffJson, LayerIndex, LayerSource, Totals } from './types.js'

/** An image's name, taken apart; what was left out of it is filled in. Made by `parseReference`. */
export interface Reference {
  /** Host, with its port if it has one: `docker.io`, `localhost:5000`, `[::1]:5000`. */
  readonly registry: string
  /** Everything between registry and tag, `library/nginx`: 255 characters at most. */
  readonly repository: string
  /** The repository without its last component; null where it has only one. */
  readonly namespace: string | null
  /** The last component of the repository. */
  readonly name: string
  /** `latest` where nothing is given; null where only a digest is. */
  readonly tag: string | null
  /** `ALGORITHM:HEX` of the manifest. Where there is one it, not the tag, says what is fetched. */
  readonly digest: string | null
  /** The name again: as people write it, `nginx:latest` (default), or in full, `docker.io/library/nginx:latest`. */
  toString(form?: 'familiar' | 'full'): string
}

/**
 * Where an image lies. A Blob, bytes or a `file:` URL is a `docker save` file or an OCI layout in a tar, plain or compressed
 * as a whole with gzip or zstd. A string is a path where one exists (Node only; folders are OCI layouts), else the name of
 * an image in a registry. It may begin with what it is: `docker-archive:FILE[:NAME]`, `oci:FOLDER[:NAME]`,
 * `oci-archive:FILE[:NAME]`, `docker://NAME` (a registry), `docker-daemon:NAME`, or an ID (a container engine, in Node).
 */
export type ImageInput = Blob | ArrayBuffer | Uint8Array | URL | string | Reference

/** What a registry is asked with. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** A bearer token that is sent as it is. */
  | { readonly token: string }

/** How registries are reached. */
export interface RegistryOptions {
  /** For all registries, or what gives them by the registry's host; null for none. Sent to no other host. In Node the default is what `docker login` left in ~/.docker/config.json. */
  readonly credentials?:
    | Credentials
    | ((registry: string) => Credentials | null | Promise<Credentials | null>)
    | undefined
  /**
   * An address that stands in for the registry, such as a proxy that lets web pages read it: `/v2/...` follows it, and
   * `{registry}` in it is replaced by the host that the registry answers at, which is registry-1.docker.io for Docker Hub.
   * Credentials are looked up for the mirror's host, and sent to it.
   */
  readonly mirror?: string | undefined
  /** Registries, as names have them, that are asked over plain HTTP; true for all. localhost and 127.* always are. */
  readonly insecure?: boolean | readonly string[] | undefined
  /** Attempts after the first for what may pass by itself: cut connections, silence, 429, 5xx. Default 4. */
  readonly retries?: number | undefined
  /** Milliseconds that a server may keep silent while it is waited for, which counts as an attempt. Default 60,000. */
  readonly timeout?: number | undefined
  /** In place of the global `fetch`. */
  readonly fetch?: typeof fetch | undefined
}

/** What an image runs on. */
export interface ImagePlatform {
  /** `linux`, `windows`, … */
  readonly os: string
  /** Go's name of the processor: `amd64`, `arm64`, … */
  readonly architecture: string
  /** `v7`, `v8`, …; null where none is said. */
  readonly variant: string | null
}

/** How an image is found and opened. */
export interface OpenImageOptions {
  /**
   * Which image, where there are several: its name (`repository:tag`), its tag alone where that is clear, the digest of
   * its manifest, or `@N` for the Nth from 0 on.
   */
  readonly tag?: string | undefined
  /**
   * Which platform of a multi-platform image, as `os/architecture[/variant]`; an image of another one is an error. By
   * default the only one there is, else the machine's own, else linux/amd64.
   */
  readonly platform?: string | ImagePlatform | undefined
  /** Verifies each layer's diffId too, which means to read it whole. Default false. */
  readonly verify?: boolean | undefined
  /** Where a plain name is looked up. Default `registry`; `daemon` is a container engine, in Node. */
  readonly from?: 'registry' | 'daemon' | undefined
  readonly registry?: RegistryOptions | undefined
  /** Where blobs and layer indexes are looked up and kept; none by default. Made by `openCache`. */
  readonly cache?: Cache | undefined
  /** The engine that does the work. By default one that all calls share. */
  readonly engine?: Engine | undefined
  /** Ends the work; the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** `layerBytes` and `expansion` bound an archive that is compressed as a whole too. */
  readonly limits?: Partial<Limits> | undefined
}

/** One layer of an image, ready to be given to {@link diffLayers}. */
export interface ImageLayer extends LayerSource {
  /** `sha256:HEX` of the stored bytes, which the manifest says; absent in archives that say none. */
  readonly digest?: string | undefined
  /** Set only where it is to be verified: see {@link OpenImageOptions.verify}. */
  readonly diffId?: string | undefined
  /** `sha256:HEX` of the uncompressed tar, as the config says. Not verified. */
  readonly claimedDiffId: string
  /** Stored bytes. */
  readonly size: number
  /**
   * Set where the layer's bytes are not with the image, since it may not be distributed: from here it may be had. Opening
   * it is an error of code `LAYER_ABSENT`.
   */
  readonly absent?: { readonly urls: readonly string[] } | undefined
  /** Set where the bytes come from a registry: they are the same wherever their digest is asked for. */
  readonly remote?: true | undefined
  /** Index of its line in the image's history; null where the history does not match. */
  readonly history: number | null
  /** Set where the layer was read already, since its source gives it but once. */
  readonly index?: LayerIndex | undefined
}

/** One step of an image's build. */
export interface HistoryEntry {
  /** RFC 3339, as it is written; null where it is not said, as all of these. */
  readonly created: string | null
  readonly createdBy: string | null
  readonly author: string | null
  readonly comment: string | null
  /** Whether it made no layer. */
  readonly emptyLayer: boolean
  /** Index of the layer that it made; null where it made none, or where the history does not match. */
  readonly layer: number | null
}

/** How docker asks a container whether it is well. */
export interface Healthcheck {
  /** `["NONE"]`, or `CMD` or `CMD-SHELL` and what to run. */
  readonly test: readonly string[]
  /** Nanoseconds, as the others; null where it is inherited. */
  readonly interval: number | null
  readonly timeout: number | null
  readonly startPeriod: number | null
  readonly startInterval: number | null
  readonly retries: number | null
}

/** What an image's config says of running it. A list is empty and a text null where it says nothing. */
export interface ImageConfig {
  /** RFC 3339, as it is written. */
  readonly created: string | null
  readonly author: string | null
  /** `NAME=value` each. */
  readonly env: readonly string[]
  readonly entrypoint: readonly string[]
  readonly cmd: readonly string[]
  readonly user: string | null
  readonly workingDir: string | null
  /** `80/tcp`, … */
  readonly exposedPorts: readonly string[]
  readonly volumes: readonly string[]
  readonly labels: Readonly<Record<string, string>>
  readonly stopSignal: string | null
  readonly healthcheck: Healthcheck | null
  readonly shell: readonly string[]
  readonly onBuild: readonly string[]
  /** The whole config as it was stored, parsed. */
  readonly raw: Readonly<Record<string, unknown>>
}

/** What an image was read from. */
export type ImageKind = 'docker-archive' | 'oci-layout' | 'registry' | 'docker-daemon'

/** An image whose manifest and config have been read and checked; its layers have not. */
export interface Image {
  /** What it was read from. */
  readonly source: ImageKind
  /** The name it has where it lies, null where it has none. */
  readonly name: string | null
  readonly platform: ImagePlatform
  /** `sha256:HEX`; null in a docker archive, which has no manifest of that kind. */
  readonly manifestDigest: string | null
  /** `sha256:HEX`: docker's image ID. */
  readonly configDigest: string
  readonly config: ImageConfig
  /** Bottom first. */
  readonly layers: readonly ImageLayer[]
  /** Oldest first. */
  readonly history: readonly HistoryEntry[]
  /** Why history and layers cannot be matched; null where they match. */
  readonly historyProblem: string | null
  /** Manifest and config as they were stored, byte for byte; no manifest where {@link manifestDigest} is null. */
  readonly blobs: { readonly manifest: Uint8Array | null; readonly config: Uint8Array }
  /** Removes what was decompressed for it; its layers can be read until then. */
  close(): Promise<void>
}

/** One layer of an image that was compared or inspected. */
export interface LayerFacts {
  /** `sha256:HEX` of the stored bytes, null where nothing says it. */
  readonly digest: string | null
  /** `sha256:HEX` of the uncompressed tar, as the config says or, where it was computed, as it is. */
  readonly diffId: string
  /** `sha256:HEX` of this layer on all those below it. */
  readonly chainId: string
  readonly mediaType: string | null
  /** Stored, mostly compressed, bytes: what goes over the wire. */
  readonly size: number
  /** Bytes of the layer's regular files, hard links once: what it takes on disk, as docker counts it. Null where it was not read. */
  readonly unpackedBytes: number | null
  /** Whether its bytes have been verified against its digest or diffId. */
  readonly verified: boolean
  /** Index of its line in the history; null where the history does not match. */
  readonly history: number | null
  /** The command of that line. */
  readonly createdBy: string | null
}

/** An image, as results show it: plain data. */
export interface ImageFacts {
  readonly source: ImageKind
  readonly name: string | null
  readonly platform: ImagePlatform
  readonly manifestDigest: string | null
  readonly configDigest: string
  /** Bottom first. */
  readonly layers: readonly LayerFacts[]
  /** Oldest first. */
  readonly history: readonly HistoryEntry[]
  readonly historyProblem: string | null
}

/** One layer of two images: at the same place of both, at another place, or in one only. */
export interface LayerMatch {
  readonly kind: 'shared' | 'moved' | 'removed' | 'added'
  /** Index in the before image; null where it is not there. */
  readonly before: number | null
  readonly after: number | null
  readonly diffId: string
  /** Whether only the configs say that both are one layer: their headers agree, their contents were not read. */
  readonly claimed: boolean
}

/** Bytes of layers, each distinct layer once. */
export interface LayerBytesTotal {
  /** Stored: what goes over the wire. */
  readonly stored: number
  /** Of regular files: what is on disk. Null where a layer was not read. */
  readonly unpacked: number | null
}

/** A value of an image's config. */
export type ConfigValue = string | readonly string[] | Healthcheck | null

/** Fields of a config that are compared. */
export type ConfigField =
  | 'os'
  | 'architecture'
  | 'variant'
  | 'author'
  | 'user'
  | 'workingDir'
  | 'entrypoint'
  | 'cmd'
  | 'shell'
  | 'env'
  | 'labels'
  | 'exposedPorts'
  | 'volumes'
  | 'stopSignal'
  | 'healthcheck'
  | 'onBuild'
  | 'other'

/** One difference of two configs. */
export interface ConfigChange {
  readonly field: ConfigField
  /** Which one, of fields that hold several by name: env, labels, exposedPorts, volumes, other; else null. */
  readonly name: string | null
  readonly kind: 'added' | 'removed' | 'modified'
  readonly before: ConfigValue
  readonly after: ConfigValue
}

/** A line of history that only one image has. The time at which a line was made is no difference. */
export interface HistoryChange {
  readonly kind: 'added' | 'removed'
  /** Index in the history of the image that has it. */
  readonly index: number
  readonly createdBy: string | null
}

/** What turns one image into another. `changes` and all else of a LayerDiff are those of the merged trees. */
export interface ImageDiff extends LayerDiff {
  readonly before: ImageFacts
  readonly after: ImageFacts
  /** In stack order; a removed layer stands before what took its place. */
  readonly layers: readonly LayerMatch[]
  readonly layerBytes: {
    readonly shared: LayerBytesTotal
    readonly removed: LayerBytesTotal
    readonly added: LayerBytesTotal
  }
  readonly config: readonly ConfigChange[]
  readonly history: readonly HistoryChange[]
  /** Whether every layer of both sides has been verified. */
  readonly verified: boolean
  /** Stored bytes that were read for this diff, of all layers. */
  readonly bytesRead: number
  /** What the after image stores and never shows; null where the option `waste` did not ask for it. */
  readonly waste: ImageWaste | null
  /** The layer of the after image that made a change, with its history line; null where a change has no cause. */
  layerOf(change: Change): LayerFacts | null
  toJSON(): ImageDiffJson
}

/** The JSON of a diff of images: schema `layerdiff/1` too. */
export interface ImageDiffJson extends LayerDiffJson {
  readonly images: { readonly before: ImageFacts; readonly after: ImageFacts }
  readonly layers: readonly LayerMatch[]
  readonly layerBytes: ImageDiff['layerBytes']
  readonly config: readonly ConfigChange[]
  readonly history: readonly HistoryChange[]
  readonly verified: boolean
  readonly bytesRead: number
  readonly waste: ImageWaste | null
}

/** How two images are opened and compared. */
export interface ImageDiffOptions extends DiffOptions, Omit<OpenImageOptions, 'tag'> {
  /** Measures the waste of the after image too. Default false. */
  readonly waste?: boolean | undefined
}

/** How one image is opened and its layers are merged. */
export interface InspectOptions extends OpenImageOptions {
  /** Told how far each layer is, a few times a second. */
  readonly onProgress?: DiffOptions['onProgress']
  readonly symlinkParents?: DiffOptions['symlinkParents']
}

/** A row of `docker history`. */
export interface HistoryRow {
  /** The image's id in the newest row, else null, which docker shows as `<missing>`. */
  readonly image: string | null
  readonly created: string | null
  readonly createdBy: string | null
  /** Bytes of the layer's files, measured; 0 where it made no layer. Null where history and layers do not match. */
  readonly size: number | null
  readonly comment: string | null
  /** Index of the layer, null where it made none. */
  readonly layer: number | null
}

/** A layer and what it does to those below it. */
export interface InspectedLayer extends LayerFacts {
  /** What turns the tree of the layers below into the tree with this one. */
  readonly diff: LayerDiff
}

/** A path whose bytes are stored and never seen. */
export interface WastedPath {
  readonly path: string
  /** Bytes that are stored for it and that the merged tree does not show. */
  readonly bytes: number
  /** Indices of the layers that store them. */
  readonly layers: readonly number[]
}

/** What an image stores and never shows. */
export interface ImageWaste {
  /**
   * By dive's formulas, for rules that come from there: its efficiency score, the bytes of all paths seen at least twice, and those
   * as a share (0.05 is 5 %) of the bytes above the first layer.
   */
  readonly dive: { readonly efficiency: number; readonly wastedBytes: number; readonly wastedPercent: number }
  /** Bytes that a squash would save, hard links once, and their share of all bytes that are stored; the largest path first. */
  readonly actual: {
    readonly wastedBytes: number
    readonly wastedPercent: number
    readonly paths: readonly WastedPath[]
  }
}

/** One image taken apart: its history with measured sizes, what each layer changes, and what is wasted. */
export interface ImageReport extends Omit<ImageFacts, 'layers'> {
  readonly config: ImageConfig
  readonly layers: readonly InspectedLayer[]
  /** Newest first, as docker shows it. */
  readonly rows: readonly HistoryRow[]
  readonly waste: ImageWaste
  /** Plain data of schema `layerdiff-history/1`. */
  toJSON(): ImageReportJson
}

/** An {@link ImageReport} as plain data; its schema is exported as `layerdiff/schema-history.json`. */
export interface ImageReportJson extends ImageFacts {
  readonly schema: 'layerdiff-history/1'
  readonly rows: readonly HistoryRow[]
  /** Totals of each layer's diff, bottom first. */
  readonly layerTotals: readonly Totals[]
  readonly waste: ImageWaste
}

/** A layer of a set of images. */
export interface SharedLayer {
  readonly diffId: string
  /** Stored bytes; where images store it differently, of the smallest. */
  readonly size: number
  /** For each image how often it has the layer. */
  readonly counts: readonly number[]
  /** How many images have it. */
  readonly images: number
  /** The command that made it, from the first image whose history says so. */
  readonly createdBy: string | null
}

/** Which layers a set of images shares. Told from manifests and configs; no layer is read. */
export interface Sharing {
  readonly images: readonly Omit<ImageFacts, 'layers' | 'history' | 'historyProblem'>[]
  /** In stack order, as far as the images agree on one. */
  readonly layers: readonly SharedLayer[]
  /** Stored bytes when each layer is kept once. */
  readonly storedBytes: number
  /** Stored bytes of all images, each by itself, a layer that comes twice in an image once. */
  readonly sumBytes: number
  /** Plain data of schema `layerdiff-layers/1`. */
  toJSON(): SharingJson
}

/** A {@link Sharing} as plain data; its schema is exported as `layerdiff/schema-layers.json`. */
export interface SharingJson extends Omit<Sharing, 'toJSON'> {
  readonly schema: 'layerdiff-layers/1'
}

/** Docker's own words for how far a layer is. */
export type PullStatus =
  | 'Already exists'
  | 'Pulling fs layer'
  | 'Waiting'
  | 'Downloading'
  | 'Verifying Checksum'
  | 'Download complete'
  | 'Pull complete'

/** How far a layer is, sent when its status changes and a few times a second while it is downloaded. */
export interface PullProgress {
  /** Index in the image, bottom first. */
  readonly layer: number
  readonly digest: string
  readonly status: PullStatus
  /** Stored bytes so far. */
  readonly bytes: number
  readonly bytesTotal: number
}

/** How an image is fetched, and where to. */
export interface PullOptions extends OpenImageOptions {
  /** Told how far each layer is, when its status changes and a few times a second. */
  readonly onProgress?: ((progress: PullProgress) => void) | undefined
  /** Told once, when the manifest is known and before the first layer. */
  readonly onManifest?: ((image: Image) => void) | undefined
  /** Layers that are downloaded at a time. Default 3, as docker has it. */
  readonly parallel?: number | undefined
  /**
   * Path of an OCI archive to write, in Node; docker and skopeo can load it. Without it the image goes into the cache, and
   * where no cache is given into the default one.
   */
  readonly output?: string | undefined
}

// One repository of a registry: its manifests and blobs, verified.
//
// Takes: a name, and how registries are reached. Gives: what choosing among manifests needs, and layers as streams. Spec: OCI
// distribution-spec, "Pull".

import { LayerDiffError } from '../errors.js'
import type { BlobSource } from '../image/blob-source.js'
import { refuseLarge, verifyDigest, verifySize } from '../image/blobs.js'
import { isSha256, sha256 } from '../image/digest.js'
import { type Descriptor, MANIFEST_BYTES, parseManifest } from '../image/manifest.js'
import { MANIFEST_TYPES, manifestKind } from '../image/media-types.js'
import type { Reference, RegistryOptions } from '../image-types.js'
import { escapeText } from '../text.js'
import { type Asked, checkAnswer, missingBlob, readBounded } from './answer.js'
import { Authenticator } from './auth.js'
import { blobStream } from './blob-stream.js'
import type { StoredCredentials } from './credentials.js'
import { addressOf, type RegistryAddress } from './hosts.js'
import { type Clock, Transport } from './transport.js'

export interface ClientOptions {
  readonly registry: RegistryOptions
  readonly credentialsFor: (registry: string) => Promise<StoredCredentials | null>
  readonly signal: AbortSignal | undefined
  readonly clock?: Clock | undefined
}

/** A root manifest: its descriptor, made from its bytes. */
type Root = Pick<Descriptor, 'digest' | 'mediaType' | 'size'>

export class RegistryClient implements BlobSource {
  readonly label: string
  private readonly address: RegistryAddress
  private readonly transport: Transport
  private readonly auth: Authenticator
  private readonly signal: AbortSignal | undefined
  private readonly image: string
  private readonly scope: string
  /** The manifest that was fetched to know its digest, which choosing will ask for again. */
  private root: { readonly digest: string; readonly bytes: Uint8Array } | null = null

  constructor(
    private readonly reference: Reference,
    { registry, credentialsFor, signal, clock }: ClientOptions,
  ) {
    this.image = reference.toString()
    this.label = escapeText(this.image)
    this.address = addressOf(reference.registry, registry)
    this.transport = new Transport(registry, clock)
    this.auth = new Authenticator(this.address, this.transport, credentialsFor)
    this.scope = `repository:${reference.repository}:pull`
    this.signal = signal
  }

  /** What the name stands for: a manifest or an index. @throws {LayerDiffError} IMAGE_NOT_FOUND, MANIFEST_SCHEMA1, and more */
  async resolve(): Promise<Descriptor> {
    const { tag, digest } = this.reference
    if (digest !== null && !isSha256(digest)) throw unsupported(digest)
    const what = `The manifest of ${this.label}`
    const { bytes, type, said } = await this.fetchManifest(digest ?? tag ?? 'latest', what, true)
    if (digest !== null) verifyDigest(bytes, digest, what)
    const computed = digest ?? sha256(bytes)
    if (said !== null && said !== computed) {
      if (!isSha256(said)) throw unsupported(said)
      verifyDigest(bytes, said, what)
    }
    // Some registries answer with a type that is none; then the manifest's own counts.
    const known = manifestKind(type) === 'unknown' ? null : type
    const { kind, json } = parseManifest(bytes, what, known)
    const inside = json.get('mediaType').optional((value) => value.string())
    const root: Root = {
      digest: computed,
      mediaType: known ?? (inside || `application/vnd.oci.image.${kind}.v1+json`),
      size: bytes.byteLength,
    }
    this.root = { digest: computed, bytes }
    return { ...root, annotations: {}, platform: null, urls: [], artifactType: null }
  }

  /** What is listed is believed to be there: asking for each would cost more than finding out. */
  async has(): Promise<boolean> {
    return true
  }

  async readManifest(descriptor: Descriptor, what: string): Promise<Uint8Array> {
    const { digest, size } = descriptor
    if (this.root?.digest === digest) return this.root.bytes
    refuseLarge(size, what)
    const { bytes } = await this.fetchManifest(digest, what, false)
    return verified(bytes, descriptor, what)
  }

  async readBlob(descriptor: Descriptor, what: string): Promise<Uint8Array> {
    refuseLarge(descriptor.size, what)
    const bytes = await this.request(
      'GET',
      blobPath(descriptor.digest),
      { accept: '*/*' },
      this.asked(what),
      (response) => readBounded(response, descriptor.size, this.transport.timeout),
    )
    if (bytes === null) verifySize(descriptor.size + 1, descriptor.size, descriptor.digest, what)
    return verified(bytes as Uint8Array, descriptor, what)
  }

  missing(_digest: string, what: string): LayerDiffError {
    return missingBlob(escapeText(this.address.host), this.label, what)
  }

  /** Whether a blob is there that may be left out. */
  async hasBlob(digest: string): Promise<boolean> {
    try {
      return await this.request('HEAD', blobPath(digest), {}, this.asked('a layer'), async () => true)
    } catch (error) {
      if (error instanceof LayerDiffError && error.code === 'BLOB_MISSING') return false
      throw error
    }
  }

  /** A layer's bytes, which go on where a connection was cut. Verifying them is for who reads them. */
  openBlob(descriptor: Descriptor, what: string): ReadableStream<Uint8Array> {
    const { digest, size } = descriptor
    return blobStream({
      size,
      what: `${what} of ${this.label}`,
      host: escapeText(this.address.host),
      retries: this.transport.retries,
      timeout: this.transport.timeout,
      signal: this.signal,
      pause: (attempt, signal) => this.transport.pause(attempt, signal),
      open: (offset, signal) => {
        // Offsets count stored bytes, so nothing may be encoded on the way.
        const headers: Record<string, string> = { accept: '*/*', 'accept-encoding': 'identity' }
        if (offset > 0) headers.range = `bytes=${offset}-`
        return this.request('GET', blobPath(digest), headers, this.asked(what), async (response) => response, signal)
      },
    })
  }

  private asked(what: string): Asked {
    return { image: this.image, what, root: false, known: this.auth.known }
  }

  private async fetchManifest(name: string, what: string, root: boolean) {
    const headers = { accept: MANIFEST_TYPES.join(', ') }
    return this.request('GET', `manifests/${name}`, headers, { ...this.asked(what), root }, async (response) => {
      const bytes = await readBounded(response, MANIFEST_BYTES, this.transport.timeout)
      if (bytes === null) refuseLarge(MANIFEST_BYTES + 1, what)
      return {
        bytes: bytes as Uint8Array,
        type: (response.headers.get('content-type') ?? '').replace(/;.*/s, '').trim().toLowerCase(),
        said: response.headers.get('docker-content-digest'),
      }
    })
  }

  /** Sends a request, and once more with what a 401 asks for. @throws {LayerDiffError} for every answer but a good one */
  private async request<T>(
    method: 'GET' | 'HEAD',
    path: string,
    headers: Readonly<Record<string, string>>,
    asked: Asked,
    read: (response: Response) => Promise<T>,
    signal: AbortSignal | undefined = this.signal,
  ): Promise<T> {
    const url = `${this.address.base}/v2/${this.reference.repository}/${path}`
    const check = (response: Response) =>
      checkAnswer(response, url, { ...asked, known: this.auth.known }, this.transport.timeout)
    const attempt = async (sent: Promise<string> | undefined): Promise<Attempt<T>> => {
      const authorization = await sent
      const all = authorization ? { ...headers, authorization } : headers
      return this.transport.send({ url, method, headers: all, signal }, async (response) => {
        if (response.status === 401) {
          const challenge = response.headers.get('www-authenticate')
          return { done: false, challenge, refusal: await check(response).catch((error) => error) }
        }
        await check(response)
        return { done: true, value: await read(response) }
      })
    }
    const sent = this.auth.current(this.scope)
    const first = await attempt(sent)
    if (first.done) return first.value
    // For all who wait for it, so that it does not end with one of them.
    if (!(await this.auth.renew(first.challenge, this.scope, sent, asked, this.signal))) throw first.refusal
    const second = await attempt(this.auth.current(this.scope))
    if (second.done) return second.value
    throw second.refusal
  }
}

/** What came of a request: what was read, or how the registry wants to be asked. */
type Attempt<T> =
  | { readonly done: true; readonly value: T }
  | { readonly done: false; readonly challenge: string | null; readonly refusal: unknown }

function blobPath(digest: string): string {
  return `blobs/${digest}`
}

function verified(bytes: Uint8Array, { digest, size }: Descriptor, what: string): Uint8Array {
  verifySize(bytes.byteLength, size, digest, what)
  verifyDigest(bytes, digest, what)
  return bytes
}

function unsupported(digest: string): LayerDiffError {
  return new LayerDiffError(
    'DIGEST_UNSUPPORTED',
    `The image is known by the digest "${escapeText(digest)}", and only sha256 can be verified. Name it by its tag, or copy it with a tool that writes sha256.`,
  )
}

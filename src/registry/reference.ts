// Image names: which part of REGISTRY/NAMESPACE/NAME:TAG@DIGEST is what.
//
// Takes: a name as people type it. Gives: its parts, with what was left out filled in. Follows the grammar and the
// normalising of github.com/distribution/reference, by which Docker, Podman and containerd read names:
//
//   reference  = [registry "/"] repository [":" tag] ["@" digest]
//   registry   = (host | "[" ipv6 "]") [":" 1*digit]
//   host       = label *("." label)               label: letters and digits, and "-" between them
//   ipv6       = 1*(hexdigit | ":")               no zone, no dotted IPv4 at its end
//   repository = component *("/" component)       255 characters at most
//   component  = word *(("." | "_" | "__" | 1*"-") word)        word: lower-case letters and digits
//   tag        = (letter | digit | "_") *127(letter | digit | "_" | "." | "-")
//   digest     = algorithm ":" hex                lower case, and as long as the algorithm has it
//
// `docker.io/` may be left out, and `library/` after it. So the first component is a registry only where it cannot be
// anything else: it is `localhost`, or holds a ".", a ":" or an upper-case letter.

import { LayerDiffError } from '../errors.js'
import type { Reference } from '../image-types.js'

const HUB = 'docker.io'
/** What Docker Hub was called; still in old configurations. */
const LEGACY_HUB = 'index.docker.io'
/** The namespace of Docker Hub's official images. */
const OFFICIAL = 'library'
const DEFAULT_TAG = 'latest'

const LONGEST_REPOSITORY = 255
const LONGEST_TAG = 128
/** More than a host name (253), a repository, a tag and a digest can have together. Keeps patterns off endless text. */
const LONGEST_TEXT = 1024

const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?'
const REGISTRY = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`)
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/
const TAG = /^\w[\w.-]*$/
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[a-fA-F0-9]{32,}$/

/** Hexadecimal digits of a digest by its algorithm: those that the Go library knows. */
const DIGEST_DIGITS: ReadonlyMap<string, number> = new Map([
  ['sha256', 64],
  ['sha384', 96],
  ['sha512', 128],
])

/**
 * Takes an image name apart, by the rules of Docker.
 *
 * @throws {LayerDiffError} INVALID_REFERENCE, with the rule that is broken and the part that breaks it
 * @example parseReference('gcr.io/google-samples/node-hello:1.0').repository // 'google-samples/node-hello'
 */
export function parseReference(text: string): Reference {
  if (typeof text !== 'string') throw new LayerDiffError('INVALID_ARGUMENT', 'An image name must be a string.')
  const { registry: given, path, tag, digest } = split(text)
  const registry = given === null || given === LEGACY_HUB ? HUB : given
  const repository = registry === HUB && !path.includes('/') ? `${OFFICIAL}/${path}` : path
  const fault =
    textFault(text) ??
    (given === null ? undefined : registryFault(given)) ??
    repositoryFault(path, repository) ??
    (tag === null ? undefined : tagFault(tag)) ??
    (digest === null ? undefined : digestFault(digest))
  if (fault !== undefined) {
    throw new LayerDiffError('INVALID_REFERENCE', `${quote(text)} is not an image name: ${fault}`)
  }
  return new ParsedReference(registry, repository, tag ?? (digest === null ? DEFAULT_TAG : null), digest)
}

class ParsedReference implements Reference {
  readonly registry: string
  readonly repository: string
  readonly namespace: string | null
  readonly name: string
  readonly tag: string | null
  readonly digest: string | null

  constructor(registry: string, repository: string, tag: string | null, digest: string | null) {
    const slash = repository.lastIndexOf('/')
    this.registry = registry
    this.repository = repository
    this.namespace = slash < 0 ? null : repository.slice(0, slash)
    this.name = repository.slice(slash + 1)
    this.tag = tag
    this.digest = digest
  }

  toString(form: 'familiar' | 'full' = 'familiar'): string {
    const name = form === 'full' ? `${this.registry}/${this.repository}` : familiarName(this)
    return `${name}${this.tag === null ? '' : `:${this.tag}`}${this.digest === null ? '' : `@${this.digest}`}`
  }
}

function familiarName({ registry, repository, namespace, name }: Reference): string {
  if (registry === HUB && namespace === OFFICIAL) return name
  // Left alone, `a.b/c` would be read as of the registry a.b: the library shortens even then, and means another image.
  if (registry === HUB && !isRegistry(cut(repository, '/')[0])) return repository
  return `${registry}/${repository}`
}

/** Never fails: each part is what stands in its place, good or bad, and null where there is none. */
function split(text: string) {
  const [image, digest] = cut(text, '@')
  const [first, rest] = cut(image, '/')
  const registry = rest !== null && isRegistry(first) ? first : null
  const [path, tag] = cut(registry === null ? image : (rest ?? ''), ':')
  return { registry, path, tag, digest }
}

function cut(text: string, separator: string): [string, string | null] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)]
}

function isRegistry(component: string): boolean {
  return component === 'localhost' || /[.:]/.test(component) || component !== component.toLowerCase()
}

// The faults: the rule that is broken with the part that breaks it, and what to do. Undefined where all is well.

function textFault(text: string): string | undefined {
  if (text === '') return 'it is empty. Give a name, such as nginx:1.27 or ghcr.io/owner/app.'
  if (text.length > LONGEST_TEXT)
    return `it is ${text.length} characters long, and none is longer than ${LONGEST_TEXT}.`
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0]
  if (scheme !== undefined) return `it begins with ${quote(scheme)}, and names have no scheme. Leave it out.`
  if (/^[a-f0-9]{64}$/.test(text)) return "64 hexadecimal digits are an image's ID. Give NAME@sha256:DIGITS instead."
  // The library would read this as the tag DIGITS of docker.io/library/sha256, which nobody means.
  if (digestFault(text) === undefined) return `it is a digest alone. Put a name before it: NAME@${text}.`
  if (/^\[[^/]*$/.test(text)) return 'it is a registry without a repository. Add "/" and the repository.'
  return undefined
}

/** The library takes what is no registry, such as `a_b.c` of `a_b.c/d`, for a part of the repository, of no registry. */
function registryFault(registry: string): string | undefined {
  if (REGISTRY.test(registry)) return undefined
  if (/^[a-fA-F0-9]*:[a-fA-F0-9]*:[a-fA-F0-9:]*$/.test(registry)) {
    return `an IPv6 address stands in brackets, and ${quote(registry)} has none. Write [ADDRESS] or [ADDRESS]:PORT.`
  }
  return (
    `the registry ${quote(registry)} must be a host name, of letters, digits, "-" and ".", or an IPv6 address in ` +
    'brackets without a zone, and may end in ":" and a port number. Correct it.'
  )
}

function repositoryFault(path: string, repository: string): string | undefined {
  if (path === '') return 'it has no repository. Add one, as in nginx:1.27 or ghcr.io/owner/app.'
  const lower = path.toLowerCase()
  if (path !== lower) return `the repository ${quote(path)} must be in lower case. Write ${quote(lower)}.`
  for (const component of path.split('/')) {
    if (component === '') return `the repository ${quote(path)} has an empty component. Leave out the "/" too many.`
    if (COMPONENT.test(component)) continue
    return (
      `the component ${quote(component)} of the repository must be of lower-case letters and digits, with one ".", ` +
      'one or two "_", or any number of "-" between them. Correct it.'
    )
  }
  if (repository.length <= LONGEST_REPOSITORY) return undefined
  return (
    `the repository ${quote(repository)} is ${repository.length} characters long, and ${LONGEST_REPOSITORY} are ` +
    'allowed. Shorten it.'
  )
}

function tagFault(tag: string): string | undefined {
  if (tag === '') return 'the tag after ":" is empty. Add one, or leave out the ":".'
  if (!TAG.test(tag)) {
    return `the tag ${quote(tag)} must be of letters, digits, "_", "." and "-", and not begin with "." or "-". Correct it.`
  }
  if (tag.length <= LONGEST_TAG) return undefined
  return `the tag ${quote(tag)} is ${tag.length} characters long, and ${LONGEST_TAG} are allowed. Shorten it.`
}

function digestFault(digest: string): string | undefined {
  const [algorithm, hex] = cut(digest, ':')
  const digits = DIGEST_DIGITS.get(algorithm)
  if (digits === undefined) {
    if (!DIGEST.test(digest))
      return `the digest ${quote(digest)} must be ALGORITHM:DIGITS, as in sha256:9f86d0... in full.`
    return `the digest algorithm ${quote(algorithm)} is unsupported. Use ${[...DIGEST_DIGITS.keys()].join(', ')}.`
  }
  if (hex === null || !/^[a-fA-F0-9]*$/.test(hex)) {
    return `the digest ${quote(digest)} must have hexadecimal digits after ":". Correct it.`
  }
  if (hex.length !== digits) {
    return `the digest ${quote(digest)} has ${hex.length} digits, and ${algorithm} has ${digits}. Give it in full.`
  }
  return /[A-F]/.test(hex) ? `the digest ${quote(digest)} must be in lower case. Write a to f.` : undefined
}

/** Whatever no name can hold is escaped, letters that look like Latin ones too; what is long is cut. */
function quote(part: string): string {
  const shown = part.length > 100 ? `${part.slice(0, 97)}...` : part
  return `"${shown.replace(/[^\x20-\x7e]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`)}"`
}

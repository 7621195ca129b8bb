// Platforms: reading, comparing, and choosing among those that an image has.
//
// Spec: OCI image-index.md; containerd's normalisation of names (platforms package).

import { LayerDiffError } from '../errors.js'
import type { ImagePlatform } from '../image-types.js'
import { escapeText } from '../text.js'
import type { Json } from './json.js'

/** Other names of processors, with the variant that they imply. */
const ALIASES: Readonly<Record<string, readonly [architecture: string, variant: string | null]>> = {
  x86_64: ['amd64', null],
  'x86-64': ['amd64', null],
  i386: ['386', null],
  aarch64: ['arm64', null],
  armhf: ['arm', 'v7'],
  armel: ['arm', 'v6'],
}

/** What a processor may be called where it stands alone: Go's names of those that images are built for. */
const PROCESSORS: readonly string[] = [
  ...['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips', 'mipsle', 'mips64', 'mips64le', 'ppc64', 'ppc64le'],
  ...['riscv64', 's390x', 'sparc64', 'wasm'],
]

/** The variant that is meant where none is said. */
const USUAL: Readonly<Record<string, string>> = { arm: 'v7', arm64: 'v8', amd64: 'v1' }

export const LINUX_AMD64: ImagePlatform = { os: 'linux', architecture: 'amd64', variant: null }

/** @throws {LayerDiffError} INVALID_ARGUMENT */
export function parsePlatform(given: string | ImagePlatform): ImagePlatform {
  const parts =
    typeof given === 'string' ? given.split('/') : [given.os, given.architecture, given.variant ?? undefined]
  // A processor alone is a Linux one, as docker has it.
  const [os, architecture, variant, ...more] = parts.length === 1 ? ['linux', ...parts] : parts
  const lower = architecture?.toLowerCase() ?? ''
  const unknown = parts.length === 1 && !Object.hasOwn(ALIASES, lower) && !PROCESSORS.includes(lower)
  if (!os || !lower || more.length > 0 || variant === '' || unknown) {
    const shown = typeof given === 'string' ? given : parts.map((part) => part ?? '').join('/')
    throw new LayerDiffError(
      'INVALID_ARGUMENT',
      `The platform "${escapeText(shown)}" must have the form os/architecture or os/architecture/variant, such as linux/arm64.`,
    )
  }
  return normal({ os, architecture: lower, variant: variant ?? null })
}

/** By the names that containerd knows it by, whatever it is called where it lies. */
function normal({ os, architecture, variant }: ImagePlatform): ImagePlatform {
  const lower = architecture.toLowerCase()
  const [name, implied] = (Object.hasOwn(ALIASES, lower) ? ALIASES[lower] : undefined) ?? [lower, null]
  return { os: os.toLowerCase(), architecture: name, variant: variant?.toLowerCase() ?? implied }
}

export function formatPlatform({ os, architecture, variant }: ImagePlatform): string {
  return [os, architecture, ...(variant === null ? [] : [variant])].join('/')
}

/** The platform of a config or a descriptor. */
export function readPlatform(json: Json): ImagePlatform {
  const [os, architecture] = [json.get('os').string(), json.get('architecture').string()]
  // An empty variant is how some writers leave it out.
  return { os, architecture, variant: json.get('variant').optional((variant) => variant.string()) || null }
}

/** How well a platform serves one that is wanted: 0 not at all, 2 best. One of another variant serves if none is wanted. */
function fitness(wanted: ImagePlatform, given: ImagePlatform): 0 | 1 | 2 {
  const there = normal(given)
  if (wanted.os !== there.os || wanted.architecture !== there.architecture) return 0
  const usual = USUAL[wanted.architecture] ?? null
  if ((wanted.variant ?? usual) === (there.variant ?? usual)) return 2
  return wanted.variant === null ? 1 : 0
}

export function fits(wanted: ImagePlatform, there: ImagePlatform): boolean {
  return fitness(wanted, there) > 0
}

/** The indexes of those platforms that serve best, in their order; none where none does. */
export function bestPlatforms(wanted: ImagePlatform, there: readonly ImagePlatform[]): number[] {
  const marks = there.map((platform) => fitness(wanted, platform))
  const best = Math.max(0, ...marks)
  return best === 0 ? [] : marks.flatMap((mark, index) => (mark === best ? [index] : []))
}

export function platformMissing(
  label: string,
  wanted: readonly ImagePlatform[],
  there: readonly ImagePlatform[],
): LayerDiffError {
  const texts = (platforms: readonly ImagePlatform[]) => [...new Set(platforms.map(formatPlatform))].map(escapeText)
  return new LayerDiffError(
    'IMAGE_PLATFORM_MISSING',
    `${label} has no image for ${texts(wanted).join(' or ')}. It has: ${texts(there).join(', ')}. Choose one of them with --platform (in the API the option platform).`,
  )
}

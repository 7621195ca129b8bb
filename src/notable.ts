// Changes that deserve a second look: what makes an image less safe than it was, told from names and attributes. Pure.
//
// Takes: changes. Gives: those that are notable, with reasons. A hint and no verdict: `ping` may be setuid, and a public key is no
// secret. What was so before is not told again.

import type { Change, Entry, NotableChange, NotableReason } from './types.js'

/** All reasons, the gravest first. */
export const NOTABLE_REASONS: readonly NotableReason[] = [
  ...(['setuid', 'setgid', 'capability', 'world-writable', 'device', 'credential'] as const),
  ...(['escaping-symlink', 'root-owner', 'executable'] as const),
]

const SETUID = 0o4000
const SETGID = 0o2000
const GROUP_EXECUTE = 0o010
const STICKY = 0o1000
const WORLD_WRITE = 0o002
const EXECUTE = 0o111

const CAPABILITY = 'security.capability'

/** What keys and credentials are called, as the last component of a path or with the folder that gives it its meaning. */
const CREDENTIALS: readonly RegExp[] = [
  /^id_(rsa|dsa|ecdsa|ed25519)(_sk)?$/,
  /\.(pem|key|p12|pfx|jks|keystore|kdbx|ppk)$/,
  /^(\.netrc|\.pgpass|\.dockercfg|secring\.gpg|\.npmrc|\.pypirc|\.git-credentials|\.htpasswd|\.my\.cnf|\.vault-token|\.s3cfg|\.boto)$/,
  /^\.env(\..+)?$/,
  /^(credentials|secrets?)(\.(json|ya?ml|toml|ini|xml|txt|env|properties))?$/,
  /(^|[-_.])service[-_]account.*\.json$/,
  /^(master|private|secret)[-_.]?key(\..+)?$/,
  /^(terraform\.tfstate|kubeconfig|wallet\.dat)$/,
]
const CREDENTIAL_PATHS: readonly RegExp[] = [
  /(^|\/)\.ssh\/(?!known_hosts|config$)[^/]+$/,
  /(^|\/)\.docker\/config\.json$/,
  /(^|\/)\.kube\/config$/,
  /(^|\/)\.aws\/(config|credentials)$/,
  /(^|\/)\.azure\/[^/]+$/,
  /(^|\/)\.gnupg\/.+$/s,
  /(^|\/)run\/secrets\/.+$/s,
  /(^|\/)etc\/shadow$/,
]
/** Certificates, public halves and templates: by the thousand in every distribution, and no secret. */
const PUBLIC: readonly RegExp[] = [
  /(^|\/)(etc\/ssl\/certs|usr\/share|usr\/lib\/ssl|etc\/pki\/ca-trust|etc\/apt\/trusted\.gpg\.d)\//,
  /\.(pub|crt)$/,
  /(^|[/._-])(ca|cert|certs|cacert|certificate|chain|fullchain|pub|pubkey|public)\.(pem|key)$/i,
  /\.env\.(example|sample|template|dist|defaults?)$/,
]

/** Why a change is notable; empty where it is not. */
export function notableReasons({ path, kind, fields, before, after }: Change): NotableReason[] {
  if (after === null) return []
  const reasons: NotableReason[] = []
  const had = (of: (entry: Entry) => boolean) => before !== null && of(before)
  const gained = (of: (entry: Entry) => boolean) => of(after) && !had(of)
  // The bit of another owner gives what that one may do.
  if (gained(isSetuid) || (isSetuid(after) && before?.uid !== after.uid)) reasons.push('setuid')
  if (gained(isSetgid) || (isSetgid(after) && before?.gid !== after.gid)) reasons.push('setgid')
  if (gainedCapability(before, after)) reasons.push('capability')
  if (gained(isWorldWritable)) reasons.push('world-writable')
  if (gained(isDevice)) reasons.push('device')
  const written = kind === 'added' || fields.includes('content') || fields.includes('type')
  if (written && after.type === 'file' && hasCredentialName(path)) reasons.push('credential')
  if (after.type === 'symlink' && after.link !== before?.link && climbsOut(path, after.link ?? '')) {
    reasons.push('escaping-symlink')
  }
  if (before !== null && before.uid !== 0 && after.uid === 0 && !before.implicit) reasons.push('root-owner')
  if (gained(isExecutable)) reasons.push('executable')
  return reasons
}

/** All notable changes, in the order in which they come. */
export function notableChanges(changes: Iterable<Change>): NotableChange[] {
  const found: NotableChange[] = []
  for (const change of changes) {
    const reasons = notableReasons(change)
    if (reasons.length === 0) continue
    found.push({ path: change.path, ...(change.pathBytes && { pathBytes: change.pathBytes }), reasons })
  }
  return found
}

const isSetuid = ({ type, mode }: Entry) => type === 'file' && (mode & SETUID) !== 0

/** On a file that its group may not execute the bit meant a kind of locking, and gives nobody anything. */
const isSetgid = ({ type, mode }: Entry) =>
  type === 'file' && (mode & (SETGID | GROUP_EXECUTE)) === (SETGID | GROUP_EXECUTE)

/** Of a directory with the sticky bit nobody can take what is not theirs: /tmp is so everywhere. */
const isWorldWritable = ({ type, mode }: Entry) =>
  (mode & WORLD_WRITE) !== 0 && (type === 'file' || (type === 'directory' && (mode & STICKY) === 0))

const isDevice = ({ type }: Entry) => type === 'char' || type === 'block'

const isExecutable = ({ type, mode }: Entry) => type === 'file' && (mode & EXECUTE) !== 0

function gainedCapability(before: Entry | null, after: Entry): boolean {
  const now = after.xattrs[CAPABILITY]
  return now !== undefined && before?.xattrs[CAPABILITY]?.join() !== now.join()
}

function hasCredentialName(path: string): boolean {
  if (PUBLIC.some((pattern) => pattern.test(path))) return false
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  return CREDENTIALS.some((pattern) => pattern.test(name)) || CREDENTIAL_PATHS.some((pattern) => pattern.test(path))
}

/** Whether a target has more steps up than there are directories above it. An absolute one begins at the image's root. */
function climbsOut(path: string, link: string): boolean {
  let depth = link.startsWith('/') ? 0 : path.split('/').length - 1
  for (const component of link.split('/')) {
    if (component === '..') depth--
    else if (component !== '' && component !== '.') depth++
    if (depth < 0) return true
  }
  return false
}

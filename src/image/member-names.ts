// The members of an archive by name.
//
// Of a name that comes twice Docker takes the last member, and Podman the first: what an archive's reader needs may not be two
// things, which the set of files can look into and we cannot. Nothing is written anywhere, so that a
// member's name can do no harm: those that leave the archive are not to be found, and links that leave it are refused.
//
// Docker unpacks an archive before it reads it, and so writes through symlinks, and makes hard links to them. No tool makes such
// archives, and what they hold is not guessed.

import { LayerDiffError } from '../errors.js'
import { cleanName, memberName, type StoredFile } from '../input/file-set.js'
import { escapeText } from '../text.js'
import type { TarMember } from './tar-members.js'

const MOST_LINKS = 40
/** Members of one name that are compared: a hostile archive may have millions. */
const MOST_TWINS = 8

type Member = (
  | { readonly kind: 'file'; readonly file: StoredFile; readonly target?: undefined }
  | { readonly kind: 'symlink' | 'hardlink'; readonly target: string }
  | { readonly kind: 'other'; readonly target?: undefined }
) & {
  /** What came before under the same name. */
  readonly before?: Member | undefined
}

export class MemberNames {
  private readonly members = new Map<string, Member>()
  /** Members before files that have not been compared with them. */
  private readonly twins = new Map<StoredFile, Member>()
  /** Names under which there is a symlink, or was one. */
  private readonly symlinks = new Set<string>()
  /** A member whose name leads through a symlink; undefined until it was looked for. */
  private behind: string | null | undefined

  /** @param label what messages call the archive */
  constructor(private readonly label: string) {}

  addFile(name: string, file: StoredFile): void {
    this.add(name, { kind: 'file', file })
  }

  /** A member without content that matters. */
  addOther(member: Exclude<TarMember, { kind: 'file' }>): void {
    this.add(member.name, member)
  }

  private add(name: string, member: Member): void {
    const clean = memberName(name)
    if (clean === null) return
    const before = this.members.get(clean)
    if (before !== undefined && member.kind === 'file') this.twins.set(member.file, before)
    if (member.kind === 'symlink') this.symlinks.add(clean)
    this.members.set(clean, { ...member, before })
  }

  /** Files of the same name as one that was found, which came before it. @throws {LayerDiffError} ARCHIVE_MEMBER_UNSUPPORTED for links among them */
  *before(name: string, file: StoredFile): Generator<StoredFile> {
    let count = 0
    for (let at = this.twins.get(file); at !== undefined; at = at.before) {
      if (at.kind !== 'file' || ++count > MOST_TWINS) throw this.ambiguous(name)
      yield at.file
    }
    // They are the same, and need not be read again when the next layer asks for the file.
    this.twins.delete(file)
  }

  /** Sorted names tell it at once: a hostile archive may have a hundred thousand symlinks. No name ends in a slash. */
  private findBehind(): string | null {
    const names = [...this.members.keys(), ...Array.from(this.symlinks, (symlink) => `${symlink}/`)].sort()
    const isBehind = (name: string, before = '') => before.endsWith('/') && name.startsWith(before)
    return names.find((name, at) => isBehind(name, names[at - 1])) ?? null
  }

  ambiguous(name: string): LayerDiffError {
    return new LayerDiffError(
      'ARCHIVE_MEMBER_UNSUPPORTED',
      `"${escapeText(name)}" comes more than once in ${this.label}, and tools disagree on which counts. Do not trust it, and export the archive again.`,
      { path: name },
    )
  }

  /** See FileSet. @throws {LayerDiffError} ARCHIVE_PATH_ESCAPES, ARCHIVE_MEMBER_UNSUPPORTED, ARCHIVE_LINK_LOOP */
  find(name: string): StoredFile | null {
    let at = cleanName(name)
    let wasHardlink = false
    for (let links = 0; links <= MOST_LINKS; links++) {
      if (at === null) throw this.escapes(name)
      const member = this.members.get(at)
      if (member === undefined) return null
      if (this.behind === undefined) this.behind = this.findBehind()
      if (this.behind !== null) {
        throw this.unsupported(this.behind, 'lies behind a symlink, and tools disagree on where that leads')
      }
      if (member.kind === 'file') return member.file
      if (member.kind === 'other') {
        throw this.unsupported(name, 'is a directory, a device or a sparse file, and must be a plain file')
      }
      const { before } = member
      // It may lead to two files.
      if (before && (before.kind !== member.kind || before.target !== member.target || before.before)) {
        throw this.ambiguous(name)
      }
      if (member.kind === 'symlink') {
        // It would be a second name of the symlink, which leads elsewhere from another folder.
        if (wasHardlink) throw this.unsupported(name, 'is a hard link to a symlink, and must be a plain file')
        at = cleanName(member.target, at.split('/').slice(0, -1).join('/'))
      } else {
        wasHardlink = true
        at = cleanName(member.target.replace(/^\/+/, ''))
      }
    }
    throw new LayerDiffError(
      'ARCHIVE_LINK_LOOP',
      `The links of "${escapeText(name)}" in ${this.label} go round in a circle. Export the archive again.`,
      { path: name },
    )
  }

  private unsupported(name: string, why: string): LayerDiffError {
    return new LayerDiffError(
      'ARCHIVE_MEMBER_UNSUPPORTED',
      `"${escapeText(name)}" in ${this.label} ${why}. Export the archive again, with a tool that writes plain files.`,
      { path: name },
    )
  }

  private escapes(name: string): LayerDiffError {
    return new LayerDiffError(
      'ARCHIVE_PATH_ESCAPES',
      `"${escapeText(name)}" leads out of ${this.label}. No tool writes such an archive in earnest: do not trust it, and get it again from its source.`,
      { path: name },
    )
  }
}

// The members of an archive by name.
//
// Of a name that comes twice Docker takes the last member, and Podman the first: what an archive's reader needs may not be two
// things, which the set of files can look into and we cannot. Nothing is written anywhere, so that a
// member's name can do no harm: those that leave the archive are not to be found, and links that leave it are refused.

import { LayerDiffError } from '../errors.js'
import { cleanName, type StoredFile } from '../input/file-set.js'
import { escapeText } from '../text.js'
import type { TarMember } from './tar-members.js'

const MOST_LINKS = 40
/** Members of one name that are compared: a hostile archive may have millions. */
const MOST_TWINS = 8

interface Link {
  readonly kind: 'symlink' | 'hardlink'
  readonly target: string
}

type Member = { readonly kind: 'file'; readonly file: StoredFile } | Link | { readonly kind: 'other' }

export class MemberNames {
  private readonly members = new Map<string, Member>()
  /** What came before under the same name, by a file or by a link. */
  private readonly earlier = new Map<StoredFile | Member, Member>()

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
    const clean = cleanName(name.replace(/^\/+/, ''))
    if (clean === null) return
    const before = this.members.get(clean)
    if (before !== undefined) this.earlier.set(member.kind === 'file' ? member.file : member, before)
    this.members.set(clean, member)
  }

  /** Files of the same name as one that was found, which came before it. @throws {LayerDiffError} ARCHIVE_MEMBER_UNSUPPORTED for links among them */
  *before(name: string, file: StoredFile): Generator<StoredFile> {
    let twins = 0
    for (let at = this.earlier.get(file); at !== undefined; at = this.earlier.get(at.file)) {
      if (at.kind !== 'file' || ++twins > MOST_TWINS) throw this.ambiguous(name)
      yield at.file
    }
    // They are the same, and need not be read again when the next layer asks for the file.
    this.earlier.delete(file)
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
    for (let links = 0; links <= MOST_LINKS; links++) {
      if (at === null) throw this.escapes(name)
      const member = this.members.get(at)
      switch (member?.kind) {
        case undefined:
          return null
        case 'file':
          return member.file
        case 'symlink':
          this.refuseOther(name, member)
          at = cleanName(member.target, at.split('/').slice(0, -1).join('/'))
          break
        case 'hardlink':
          this.refuseOther(name, member)
          at = cleanName(member.target.replace(/^\/+/, ''))
          break
        default:
          throw new LayerDiffError(
            'ARCHIVE_MEMBER_UNSUPPORTED',
            `"${escapeText(name)}" in ${this.label} is a directory, a device or a sparse file, and must be a plain file. Export the archive again, with a tool that writes plain files.`,
            { path: name },
          )
      }
    }
    throw new LayerDiffError(
      'ARCHIVE_LINK_LOOP',
      `The links of "${escapeText(name)}" in ${this.label} go round in a circle. Export the archive again.`,
      { path: name },
    )
  }

  /** A link that came before must be the same: one that leads elsewhere, or a file, is what tools disagree on. */
  private refuseOther(name: string, link: Link): void {
    for (let at = this.earlier.get(link); at !== undefined; at = this.earlier.get(at)) {
      if (at.kind !== link.kind || at.target !== link.target) throw this.ambiguous(name)
    }
    this.earlier.delete(link)
  }

  private escapes(name: string): LayerDiffError {
    return new LayerDiffError(
      'ARCHIVE_PATH_ESCAPES',
      `"${escapeText(name)}" leads out of ${this.label}. No tool writes such an archive in earnest: do not trust it, and get it again from its source.`,
      { path: name },
    )
  }
}

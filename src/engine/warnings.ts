// Warnings: the numbers of assembly/status.ts in words, and the WARNINGS section of a container decoded. Loaded where there
// are any.

import { LayerDiffError } from '../errors.js'
import type { Warning, WarningCode } from '../types.js'
import { SECTION, WARNING } from './abi.js'
import type { Container } from './container.js'
import { Paths } from './paths.js'

const WORDS: Readonly<Record<number, readonly [code: WarningCode, text: string]>> = {
  1: [
    'TRAILING_BLOCKS_MISSING',
    'The tar ends without its two zero blocks; it may have been cut off between two entries.',
  ],
  2: ['DUPLICATE_PATH', 'The layer has this path twice; the last entry counts.'],
  3: ['UNKNOWN_TYPE', 'The entry is of a type that nobody knows; it counts as a regular file.'],
  4: ['PATH_ESCAPES_ROOT', 'The path or link target climbs above the root with ".."; it was held at the root.'],
  5: ['MARKER_NOT_A_FILE', 'A whiteout is not a regular file; it counts all the same.'],
  6: ['MARKER_NAMELESS', 'A whiteout names nothing; it was skipped.'],
  7: ['FILE_AS_PARENT', 'A file stood where a path needs a directory; a directory took its place.'],
  8: [
    'HARDLINK_TARGET_MISSING',
    'A hard link names a target that is not there, or a directory, or itself; it was left out.',
  ],
  9: ['ROOT_NOT_DIRECTORY', 'An entry for the root is no directory; it was skipped.'],
  10: ['VOLUME_LABEL', 'A volume label is no file; it was skipped.'],
  11: [
    'LOOKS_LIKE_IMAGE',
    'This looks like a whole image, and was read as a layer, so that the files of the archive were compared and not those of the image. Write docker-archive:FILE or oci-archive:FILE (in the API give it to openImage or diffImages).',
  ],
  12: [
    'OVERLAY_ATTRIBUTE',
    'The entry has an attribute by which overlayfs hides or moves files. Where an engine keeps it, a container sees other files than are shown here.',
  ],
  13: [
    'ONLY_ZEROS',
    'The layer is nothing but zeros, and counts as empty; it may be a download whose place was made and never filled.',
  ],
  14: [
    'HARDLINK_ATTRIBUTES',
    'A hard link says other attributes than its file has. Most engines change the file; here it stays.',
  ],
}

/** The code and words of a warning's number. */
function warningWords(code: number): readonly [code: WarningCode, text: string] {
  const words = WORDS[code]
  if (!words) throw new LayerDiffError('INDEX_DAMAGED', `The stored layer index holds an unknown warning (${code}).`)
  return words
}

/** All warnings, in the order in which they came up; the last says how many more there were, if any. */
export function readWarnings(container: Container): Warning[] {
  const paths = new Paths(container)
  const view = container.view(SECTION.WARNINGS)
  const warnings: Warning[] = []
  for (let at = 0; at < view.byteLength; at += WARNING.SIZE) {
    const [code, message] = warningWords(view.getUint32(at + WARNING.CODE, true))
    const path = view.getUint32(at + WARNING.PATH, true)
    warnings.push({
      code,
      message,
      side: view.getUint32(at + WARNING.SIDE, true) === 0 ? 'before' : 'after',
      layer: view.getUint32(at + WARNING.LAYER, true),
      path: path === 0 ? null : paths.path(path - 1).text,
      offset: Number(view.getBigUint64(at + WARNING.OFFSET, true)),
    })
  }
  const { warningsDropped } = container.facts
  if (warningsDropped > 0) {
    warnings.push({
      code: 'WARNINGS_DROPPED',
      message: `There were ${warningsDropped} more warnings than are kept.`,
      side: 'after',
      layer: 0,
      path: null,
      offset: null,
    })
  }
  return warnings
}

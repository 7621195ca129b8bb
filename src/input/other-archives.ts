// Archives that are no tars, by their first bytes: asked when what was given cannot be read, to say what it is instead.

const MAGICS: readonly (readonly [name: string, magics: readonly string[]])[] = [
  ['a cpio archive', ['070701', '070702', '070707', '\xc7\x71', '\x71\xc7']],
  ['a zip archive', ['PK\x03\x04', 'PK\x05\x06']],
  ['a 7z archive', ['7z\xbc\xaf\x27\x1c']],
  ['an ar archive', ['!<arch>\n']],
  ['a xar archive', ['xar!']],
  ['an mtree listing', ['#mtree']],
  ['a shell script', ['#!/bin/sh']],
  ['a WARC file', ['WARC/']],
]

/** As many first bytes as `otherArchive` wants to see. */
export const OTHER_ARCHIVE_BYTES = 9

/** What bytes that begin so are, with its article; null where they say nothing. */
export function otherArchive(head: Uint8Array): string | null {
  const text = String.fromCharCode(...head)
  return MAGICS.find(([, magics]) => magics.some((magic) => text.startsWith(magic)))?.[0] ?? null
}

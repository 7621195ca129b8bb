// The command that made a layer, for a line of a report: in one row, safe, and without what every command has.

import { escapeText } from '../text.js'

/** Docker's old builder wrote `/bin/sh -c #(nop) COPY …`, and `/bin/sh -c …` for RUN; BuildKit adds `# buildkit`. */
export function shortCommand(createdBy: string | null): string {
  if (createdBy === null) return 'unknown command'
  const short = createdBy
    .replace(/^\/bin\/sh -c #\(nop\)\s+/, '')
    .replace(/^\/bin\/sh -c (?=.)/, 'RUN ')
    .replace(/^RUN (?:\|\d+ .*? )?\/bin\/sh -c (?=.)/s, 'RUN ')
    // Before what looks for blanks: it would try a million of them from each on.
    .replace(/\s+/g, ' ')
    .replace(/ ?# buildkit$/, '')
    .trim()
  return escapeText(short) || 'unknown command'
}

/** The first twelve digits of `sha256:HEX`, as docker shows it. */
export function shortDigest(digest: string): string {
  return escapeText(digest.replace(/^sha256:/, '')).slice(0, 12)
}

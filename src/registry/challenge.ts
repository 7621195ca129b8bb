// The challenge of a 401: how a registry wants to be asked.
//
// Takes: a WWW-Authenticate header. Gives: its challenges. Spec: RFC 9110, 11.6.1.

export interface Challenge {
  /** In lower case. */
  readonly scheme: string
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>
}

/** More is no header of a registry. */
const LONGEST_HEADER = 16 << 10

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const PARAMETER = new RegExp(`\\s*,?\\s*(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]+))`, 'y')
const SCHEME = new RegExp(`[\\s,]*(${TOKEN})(?:\\s+|$|(?=,))`, 'y')

/** @example parseChallenges('Bearer realm="https://auth.example/token",service="r"')[0].scheme // 'bearer' */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, LONGEST_HEADER)
  const challenges: Challenge[] = []
  for (let at = 0; at < text.length; ) {
    SCHEME.lastIndex = at
    const scheme = SCHEME.exec(text)
    if (scheme === null) break
    at = SCHEME.lastIndex
    const parameters = new Map<string, string>()
    for (;;) {
      PARAMETER.lastIndex = at
      const found = PARAMETER.exec(text)
      if (found === null) break
      const [, name = '', quoted, bare = ''] = found
      parameters.set(name.toLowerCase(), quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1'))
      at = PARAMETER.lastIndex
    }
    challenges.push({ scheme: (scheme[1] ?? '').toLowerCase(), parameters })
  }
  return challenges
}

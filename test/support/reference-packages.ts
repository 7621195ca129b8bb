// What dpkg's and apk's databases and Python's RECORD say, read slowly and by strings alone, to compare the readers with.
//
// Takes: bytes. Gives: packages, null for a database that is to be refused; the sum of a RECORD.

import type { Package } from '../../src/packages/package.js'

interface Fields {
  name: string
  version: string
  architecture: string
  size: string
  unit: number
}

const FIELDS: Readonly<Record<'dpkg' | 'apk', Fields>> = {
  dpkg: { name: 'Package', version: 'Version', architecture: 'Architecture', size: 'Installed-Size', unit: 1024 },
  apk: { name: 'P', version: 'V', architecture: 'A', size: 'I', unit: 1 },
}
const INSTALLED = ['installed', 'triggers-awaited', 'triggers-pending']

const linesOf = (given: Uint8Array) => {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(given)
  return text.split('\n').map((line) => line.replace(/\r$/, ''))
}

export function stanzaPackages(form: 'dpkg' | 'apk', given: Uint8Array): Package[] | null {
  const { name, version, architecture, size, unit } = FIELDS[form]
  const wanted = [name, version, architecture, size, ...(form === 'dpkg' ? ['Status'] : [])]
  const packages: Package[] = []
  for (const paragraph of paragraphsOf(linesOf(given))) {
    const fields: Record<string, string> = Object.create(null)
    for (const line of paragraph) {
      const colon = line.indexOf(':')
      const key = line.slice(0, colon)
      if (colon < 1 || new TextEncoder().encode(key).length >= 256) return null
      if (!wanted.includes(key)) continue
      const value = line.slice(colon + 1)
      if (key in fields || new TextEncoder().encode(value).length > 4096) return null
      fields[key] = value.trim()
    }
    if (!fields[name]) return null
    if (form === 'dpkg' && !INSTALLED.includes((fields.Status ?? 'installed').split(/\s/).at(-1) ?? '')) continue
    const found = fields[version]
    if (!found) return null
    const words = [fields[name], found, fields[architecture] ?? '']
    if (words.some((word) => word.length > 1024)) return null
    const bytes = /^\d{1,16}$/.test(fields[size] ?? '') ? Number(fields[size]) * unit : Number.NaN
    packages.push({
      name: fields[name],
      architecture: fields[architecture] || null,
      version: found,
      size: Number.isSafeInteger(bytes) ? bytes : null,
    })
  }
  return packages
}

/** Lines that go on with another are left out, and paragraphs of them alone. */
function paragraphsOf(lines: readonly string[]): string[][] {
  const paragraphs: string[][] = [[]]
  for (const line of lines) {
    if (line === '') paragraphs.push([])
    else if (!/^[ \t]/.test(line)) paragraphs.at(-1)?.push(line)
  }
  return paragraphs.filter(({ length }) => length > 0)
}

export function recordSum(given: Uint8Array): number | null {
  const sizes = linesOf(given).map((line) => {
    const column = line.includes(',') ? line.slice(line.lastIndexOf(',') + 1) : ''
    const size = /^[ \t\r]*(\d{1,16})[ \t\r]*$/.exec(column)?.[1] ?? '0'
    return Number.isSafeInteger(Number(size)) ? Number(size) : 0
  })
  const sum = sizes.reduce((total, size) => total + size, 0)
  return Number.isSafeInteger(sum) ? sum : null
}

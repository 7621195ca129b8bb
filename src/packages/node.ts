// Packages of node: the package.json right in a package's folder below node_modules.

import { decodeText } from '../text.js'
import { checkedPackage, type Package, PackageError } from './package.js'

/** @param folder what the package's folder is called, scope included: its name where the file tells none */
export function readNodePackage(bytes: Uint8Array, folder: string): Package {
  const { name, version } = parsed(decodeText(bytes).text)
  if (typeof version !== 'string' || version === '') throw new PackageError('it names no version')
  const called = typeof name === 'string' && name !== '' ? name : folder
  return checkedPackage({ name: paired(called), architecture: null, version: paired(version), size: null })
}

/** JSON may hold halves of characters, which no file of another manager can: they have no place in the order of bytes. */
const paired = (text: string) => text.replace(/\p{Cs}/gu, '\ufffd')

/** @throws {PackageError} */
function parsed(text: string): { readonly name?: unknown; readonly version?: unknown } {
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/, ''))
    if (typeof value === 'object' && value !== null) return value
  } catch {
    throw new PackageError('it is not JSON')
  }
  throw new PackageError('it is no object of JSON')
}

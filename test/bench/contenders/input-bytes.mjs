// The bytes behind an address, in Node and in a page alike.

/**
 * @param {string} url file: in Node, http: in a page
 * @returns {Promise<Uint8Array<ArrayBuffer>>}
 */
export async function inputBytes(url) {
  if (!url.startsWith('file:')) return new Uint8Array(await (await fetch(url)).arrayBuffer())
  const { readFile } = await import('node:fs/promises')
  const { buffer, byteOffset, byteLength } = await readFile(new URL(url))
  return new Uint8Array(/** @type {ArrayBuffer} */ (buffer), byteOffset, byteLength)
}

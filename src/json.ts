// Changes as plain data: schema layerdiff/1, with bytes as base64.

import type {
  Change,
  ChangeJson,
  Entry,
  EntryJson,
  NotableChange,
  NotableChangeJson,
  Rename,
  RenameJson,
} from './types.js'

export function encodeBase64(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.byteLength; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192))
  return btoa(binary)
}

export function changeJson(change: Change): ChangeJson {
  const { path, pathBytes, kind, fields, before, after, cause, bytesBefore, bytesAfter } = change
  return {
    path,
    ...(pathBytes && { pathBytes: encodeBase64(pathBytes) }),
    kind,
    fields,
    before: before && entryJson(before),
    after: after && entryJson(after),
    cause,
    ...(bytesBefore !== ownBytes(before) && { bytesBefore }),
    ...(bytesAfter !== ownBytes(after) && { bytesAfter }),
  }
}

/** What a path counts where JSON says nothing else of it. */
export function ownBytes(entry: Pick<Entry, 'type' | 'size'> | null): number {
  return entry?.type === 'file' ? entry.size : 0
}

export function notableJson({ path, pathBytes, reasons }: NotableChange): NotableChangeJson {
  return { path, ...(pathBytes && { pathBytes: encodeBase64(pathBytes) }), reasons }
}

export function renameJson({ from, fromBytes, to, toBytes, size, hash }: Rename): RenameJson {
  return {
    from,
    ...(fromBytes && { fromBytes: encodeBase64(fromBytes) }),
    to,
    ...(toBytes && { toBytes: encodeBase64(toBytes) }),
    size,
    hash,
  }
}

/** Also of the entries of one layer, which have a type more. */
export function entryJson<E extends Omit<Entry, 'type'>>(
  entry: E,
): Omit<E, 'linkBytes' | 'xattrs'> & Omit<EntryJson, 'type'> {
  const { linkBytes, xattrs, ...rest } = entry
  // Defined, not assigned: an attribute may be called __proto__. And with a prototype: React gives pages plain objects alone.
  const encoded = Object.fromEntries(Object.entries(xattrs).map(([name, value]) => [name, encodeBase64(value)]))
  return { ...rest, ...(linkBytes && { linkBytes: encodeBase64(linkBytes) }), xattrs: encoded }
}

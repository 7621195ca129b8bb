// How a worker gets a layer's bytes: plain data that crosses to it.

export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** A whole file, or its bytes from `start` up to `end`. */
export interface PathSource {
  readonly kind: 'path'
  readonly path: string
  readonly range?: ByteRange
  /** The stamp that it had, where it was looked into before. */
  readonly stamp?: string | undefined
  /** It was read before, and must be something that can be read twice. */
  readonly again?: boolean
}

export type JobSource =
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'url'; readonly href: string }
  | PathSource
  /** It asks for chunk after chunk. */
  | { readonly kind: 'pump'; readonly size: number | null }

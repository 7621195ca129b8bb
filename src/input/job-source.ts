// How a worker gets a layer's bytes: plain data that crosses to it.

export interface ByteRange {
  readonly start: number
  readonly end: number
}

export type JobSource =
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'url'; readonly href: string }
  /** A whole file, or its bytes from `start` up to `end`; with the stamp that it had, where it was looked into before. */
  | { readonly kind: 'path'; readonly path: string; readonly range?: ByteRange; readonly stamp?: string | undefined }
  /** It asks for chunk after chunk. */
  | { readonly kind: 'pump'; readonly size: number | null }

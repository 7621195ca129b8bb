// How a worker gets a layer's bytes: plain data that crosses to it.

export type JobSource =
  | { readonly kind: 'blob'; readonly blob: Blob }
  | { readonly kind: 'url'; readonly href: string }
  | { readonly kind: 'path'; readonly path: string }
  /** It asks for chunk after chunk. */
  | { readonly kind: 'pump'; readonly size: number | null }

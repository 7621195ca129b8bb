// Credentials as they are kept: what a caller may give, and what only a login leaves behind.

import type { Credentials } from '../image-types.js'

export type StoredCredentials =
  | Credentials
  /** A refresh token, which the registry's token server changes into bearer tokens. */
  | { readonly identityToken: string }

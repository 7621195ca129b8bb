// The demo page. It imports `layerdiff` as users do: by the package's name, which leads to the built dist/.

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

export default defineConfig({
  root: path('./demo'),
  base: './', // the built page works below any path
  server: { fs: { allow: [path('.')] } },
  build: {
    outDir: path('./build/demo'),
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's security policy allows no data: addresses
    modulePreload: { polyfill: false },
  },
})

// The demo page. It sees the package as users do: the built dist/, under the package's name.

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

export default defineConfig({
  root: path('./demo'),
  base: './', // the built page works below any path
  resolve: {
    alias: [{ find: /^layerdiff$/, replacement: path('./dist/index.js') }],
  },
  server: { fs: { allow: [path('.')] } },
  build: { outDir: path('./build/demo'), emptyOutDir: true },
})

// The demo page, and a dashboard with the element in it. Both import `layerdiff` as users do: by the package's name, which
// leads to the built dist/.

import { fileURLToPath } from 'node:url'
import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import { PREFIX, proxyRegistry } from './scripts/registry-proxy.mjs'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

/** Lets the page of the development server read registries that allow no page to do so. */
const registryProxy: Plugin = {
  name: 'layerdiff:registry-proxy',
  apply: 'serve',
  configureServer({ middlewares }) {
    middlewares.use(proxyRegistry)
  },
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { name: 'layerdiff-mirror', content: `${PREFIX}{registry}` }, injectTo: 'head' },
  ],
}

export default defineConfig({
  root: path('./demo'),
  base: './', // the built page works below any path
  plugins: [registryProxy, vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'layer-diff' } } })],
  server: { fs: { allow: [path('.')] } },
  build: {
    outDir: path('./build/demo'),
    emptyOutDir: true,
    assetsInlineLimit: 0, // the page's security policy allows no data: addresses
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ['index.html', 'embed/index.html', 'embed/react.html', 'embed/vue.html'].map((page) =>
        path(`./demo/${page}`),
      ),
    },
  },
})

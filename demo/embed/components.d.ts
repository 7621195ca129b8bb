/** Components as Vue's plugin makes them. */
declare module '*.vue' {
  import type { Component } from 'vue'

  const component: Component
  export default component
}

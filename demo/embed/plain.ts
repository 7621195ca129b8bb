// <layer-diff> in plain HTML: attributes and events.

import 'layerdiff/element'
import before from '../../build/sample/greeter-1.0.tar?url'
import after from '../../build/sample/greeter-1.1.tar?url'

const element = document.querySelector('layer-diff')
const said = document.querySelector('.said')

element?.addEventListener('layerdiff-select', ({ detail }) => {
  if (said) said.textContent = detail.path === null ? '' : `Picked /${detail.path}`
})
// From here a page's own addresses would stand in its HTML.
element?.setAttribute('before', new URL(before, location.href).href)
element?.setAttribute('after', new URL(after, location.href).href)

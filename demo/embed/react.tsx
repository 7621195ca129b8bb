// <layer-diff> in React: properties and events as of any element.

import { useState } from 'react'
import { createRoot } from 'react-dom/client'
import 'layerdiff/element'
import type { LayerDiffElement, LayerDiffEvents } from 'layerdiff/element'
import before from '../../build/sample/greeter-1.0.tar?url'
import after from '../../build/sample/greeter-1.1.tar?url'

type Props = Partial<Pick<LayerDiffElement, 'report' | 'inputs' | 'density'>> & {
  'onlayerdiff-select'?: (event: LayerDiffEvents['layerdiff-select']) => void
}

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'layer-diff': Props
    }
  }
}

const inputs = { before: new URL(before, location.href), after: new URL(after, location.href) }

function Compare() {
  const [path, setPath] = useState<string | null>(null)
  return (
    <>
      <section className="card">
        <layer-diff inputs={inputs} onlayerdiff-select={({ detail }) => setPath(detail.path)} />
      </section>
      <p className="said" role="status">
        {path === null ? '' : `Picked /${path}`}
      </p>
    </>
  )
}

const app = document.getElementById('app')
if (app) createRoot(app).render(<Compare />)

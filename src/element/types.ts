// What the element's authors see of it beside its class: what it takes, what it tells.

import type { ImageDiff, ImageDiffJson, ImageReport, PullProgress, Sharing, SharingJson } from '../image-types.js'
import type { Change, LayerDiff, LayerDiffJson, LayerProgress } from '../types.js'
import type { Given } from './work.js'

/** What the element can show: what diffLayers, diffImages, inspectImage and compareLayers give, or JSON of a diff or of sharing. */
export type Report = LayerDiff | ImageDiff | LayerDiffJson | ImageDiffJson | ImageReport | Sharing | SharingJson

/** What the element is doing. */
export type LayerDiffState = 'idle' | 'working' | 'done' | 'error'

/** Heights of a row of the tree, in CSS pixels. */
export const DENSITIES: Readonly<Record<Density, number>> = { compact: 22, normal: 28, comfortable: 36 }
/** How close the rows of the tree stand: 22, 28 or 36 CSS pixels high. */
export type Density = 'compact' | 'normal' | 'comfortable'

/** Both sides of a comparison; null where one is still missing. */
export interface Inputs {
  readonly before: Given | null
  readonly after: Given | null
}

/** The detail of each event. All bubble, and leave shadow roots. */
export interface LayerDiffEvents {
  /** A change was picked; null where none is any more. */
  'layerdiff-select': CustomEvent<{ readonly path: string | null; readonly change: Change | null }>
  /** The element has done its work; null after a pull. */
  'layerdiff-done': CustomEvent<{ readonly report: Report | null }>
  'layerdiff-error': CustomEvent<{ readonly error: unknown }>
  'layerdiff-progress': CustomEvent<LayerProgress | PullProgress>
}

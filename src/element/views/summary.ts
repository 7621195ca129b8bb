// The head of a diff: sizes, counts, and how much is common; and of two images what they are.

import { html, nothing, svg, type TemplateResult } from 'lit-html'
import type { ImageFacts } from '../../image-types.js'
import { shortDigest } from '../../report/commands.js'
import { escapeText } from '../../text.js'
import type { Totals, Warning } from '../../types.js'
import type { Context } from '../context.js'
import type { ShownDiff } from '../shown-diff.js'
import { deltaOf, nameOf } from './marks.js'

/** Warnings that are listed; a broken layer can have thousands. */
const LISTED_WARNINGS = 200

/** After these, what is shown may not be what was asked for: part of a layer, or an archive in place of its image. */
const DOUBTS: readonly Warning['code'][] = ['TRAILING_BLOCKS_MISSING', 'LOOKS_LIKE_IMAGE']

const PARTS = ['added', 'removed', 'modified', 'unchanged'] as const

export function summaryView({ summary, images, warnings, renames }: ShownDiff, context: Context): TemplateResult {
  const { speech, numbers } = context
  const { bytesBefore, bytesAfter, bytesAdded, bytesRemoved } = summary
  const all = PARTS.reduce((sum, part) => sum + summary[part], 0)
  const common = all === 0 ? 1 : summary.unchanged / all
  return html`<section class="summary" part="summary">
    <dl class="sizes">
      <div>
        <dt>${speech.say('before')} ${images === null ? nothing : imageLine(images.before, context)}</dt>
        <dd>${numbers.bytes(bytesBefore)}</dd>
      </div>
      <div>
        <dt>${speech.say('after')} ${images === null ? nothing : imageLine(images.after, context)}</dt>
        <dd>${numbers.bytes(bytesAfter)}</dd>
      </div>
      <div>
        <dt>${speech.say('difference')}</dt>
        <dd>
          ${deltaOf(bytesAfter - bytesBefore, context)}
          ${bytesAdded + bytesRemoved === 0 ? nothing : html`<small>${numbers.delta(bytesAdded)} ${numbers.delta(-bytesRemoved)}</small>`}
        </dd>
      </div>
    </dl>
    ${shareBar(summary, all)}
    <div class="legend">
    <dl class="counts">
      ${PARTS.map(
        (part) => html`<div class=${part}><dt>${speech.say(part)}</dt><dd>${numbers.count(summary[part])}</dd></div>`,
      )}
    </dl>
    <p class="note">
      ${speech.say('unchangedShare', { share: numbers.share(common) })}${renames?.length ? html` · ${speech.many('renamed', renames.length)}` : nothing}
    </p>
    </div>
    ${unverified(images, context)} ${warningsView(warnings, context)}
  </section>`
}

/** `greeter:1.0 linux/amd64 c58f588a221e`. */
export function imageLine(
  { name, platform, configDigest }: Pick<ImageFacts, 'name' | 'platform' | 'configDigest'>,
  { speech }: Context,
): TemplateResult {
  const { os, architecture, variant } = platform
  const texts = [os, architecture, ...(variant === null ? [] : [variant])].map(escapeText)
  return html`<strong>${nameOf(name ?? speech.say('unnamed'))}</strong> ${texts.join('/')}
    <code title=${speech.say('imageId')}>${shortDigest(configDigest)}</code>`
}

function unverified(images: ShownDiff['images'], { speech }: Context): TemplateResult | typeof nothing {
  if (images === null) return nothing
  const open = [...images.before.layers, ...images.after.layers].filter(({ verified }) => !verified).length
  return open === 0 ? nothing : html`<p class="note">${speech.many('notVerified', open)}</p>`
}

/** The four counts as lengths; an SVG, because a content security policy may forbid style attributes. */
function shareBar(summary: Totals, all: number): TemplateResult {
  let x = 0
  return html`<div class="share" aria-hidden="true">
    <svg viewBox="0 0 100 1" preserveAspectRatio="none">
      ${PARTS.map((part) => {
        const width = all === 0 ? 0 : (summary[part] / all) * 100
        x += width
        return svg`<rect class=${part} x=${x - width} width=${width} height="1"></rect>`
      })}
    </svg>
  </div>`
}

function warningsView(warnings: readonly Warning[], { speech, numbers }: Context): TemplateResult | typeof nothing {
  if (warnings.length === 0) return nothing
  const left = warnings.length - LISTED_WARNINGS
  const doubts = warnings.filter(({ code }) => DOUBTS.includes(code))
  // First, since behind thousands that leave the answer clear they would be cut off.
  const listed = [...new Set([...doubts, ...warnings])].slice(0, LISTED_WARNINGS)
  return html`<details class="warnings" part="warnings" ?open=${doubts.length > 0}>
    <summary>${speech.many('warnings', warnings.length)}</summary>
    <ul>
      ${listed.map(({ code, message, side, layer, path, offset }) => {
        const place = [`${speech.say(side)}, ${speech.say('layerPlace', { place: numbers.count(layer) })}`]
        if (path !== null) place.push(`/${escapeText(path)}`)
        if (offset !== null) place.push(`${speech.say('errorOffset')} ${numbers.count(offset)}`)
        return html`<li>${escapeText(message)} <span class="place">${place.join(', ')}</span> <code>${code}</code></li>`
      })}
      ${left > 0 ? html`<li>${speech.say('more', { n: numbers.count(left) })}</li>` : nothing}
    </ul>
  </details>`
}

// Where a registry may send a request on to: to its storage, as a rule.
//
// It may name any address, also one of the caller's own machine or network, where a request does things that no stranger may ask
// for. Credentials are for the origin that was asked; nothing that was asked for over https: goes on in the clear.

import { LayerDiffError } from '../errors.js'
import type { RegistryOptions } from '../image-types.js'
import { escapeText } from '../text.js'
import { isInternal } from './hosts.js'

const STATUSES: readonly number[] = [301, 302, 303, 307, 308]
/** As many as browsers follow. */
const MOST = 20

/** Whether an answer sends its request on. Where a browser follows by itself, none does. */
export function isRedirect({ status }: Response): boolean {
  return STATUSES.includes(status)
}

/**
 * The address that an answer names.
 *
 * @param from what answered, after `count` redirects
 * @throws {LayerDiffError} REGISTRY_ANSWER
 */
export function nextAddress(response: Response, from: string, count: number): string {
  const host = escapeText(new URL(from).host)
  const location = response.headers.get('location')
  if (count >= MOST) {
    throw new LayerDiffError('REGISTRY_ANSWER', `${host} redirects for ever. Tell its operator.`)
  }
  if (location !== null && URL.canParse(location, from)) return new URL(location, from).href
  throw new LayerDiffError(
    'REGISTRY_ANSWER',
    `${host} redirects to ${location === null ? 'no address' : `"${escapeText(location.slice(0, 100))}", which is no address`}. Tell its operator.`,
  )
}

/** @throws {LayerDiffError} REGISTRY_INSECURE where a request for one address may not go on to another */
export function checkRedirect(asked: string, next: string, { insecure }: Pick<RegistryOptions, 'insecure'>): void {
  const [from, to] = [new URL(asked), new URL(next)]
  const [old, now] = [escapeText(from.host), escapeText(to.host)]
  if (to.protocol !== 'https:' && to.protocol !== 'http:') {
    throw refusal(`${old} redirects to an address of ${escapeText(to.protocol)}, which is refused`)
  }
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw refusal(
      `${old} redirects to ${now} over plain http:, which is refused: anybody on the way could read and change it`,
    )
  }
  const allowed = insecure === true || (Array.isArray(insecure) && insecure.includes(to.host))
  if (isInternal(to.hostname) && !isInternal(from.hostname) && !allowed) {
    throw refusal(
      `${old} redirects to ${now}, an address of this machine or its network, which is refused: it could reach what it has no business with. Where that is meant, --insecure allows it (in the API registry.insecure: ['${now}'])`,
    )
  }
}

function refusal(what: string): LayerDiffError {
  return new LayerDiffError('REGISTRY_INSECURE', `${what}. Tell its operator.`)
}

// The comment on a pull request: one for each pair of images, written by the first run and updated by those that follow.
//
// Takes, from the environment: REPORT, a file of Markdown; INPUT_BEFORE and INPUT_AFTER or INPUT_LABEL, which tell comments apart;
// INPUT_PULL_REQUEST, INPUT_TOKEN, and what every step of GitHub's has. Ends with 0 where there is no pull request, or where the
// token may not write, as for pull requests from forks: the report is in the job's summary all the same.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { annotate } from './annotate.mjs'

/** Characters that a comment may have. */
const LIMIT = 65_536
const PER_PAGE = 100
/** GitHub closes a pull request to comments long before. */
const MOST_PAGES = 100
/** Before the second, third and fourth try. */
const WAITS = [1000, 2000, 4000]
/** What a server may have us wait. */
const LONGEST_WAIT = 60_000
const TIMEOUT = 30_000
/** What is said of a name before it, and the name. */
const PLACED = /^((?:layer|docker-archive|oci|oci-archive|docker-daemon):|docker:\/\/)?(.*)$/s

/** What GitHub answered. */
class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} message
   * @param {number} retryAfter milliseconds; NaN where nothing was said of it
   */
  constructor(status, message, retryAfter) {
    super(`${status} ${message}`)
    this.status = status
    this.retryAfter = retryAfter
  }

  /** Whether the same request may succeed later: a fault of the server, or too many requests. */
  get passes() {
    return this.status >= 500 || this.status === 429 || !Number.isNaN(this.retryAfter)
  }
}

/** @typedef {{ id: number, body?: string, html_url: string, user: { login: string, type: string } | null }} Comment */

const { env } = process
const pullRequest = env.INPUT_PULL_REQUEST?.trim() ?? ''

try {
  if (pullRequest === '') {
    process.stdout.write('No pull request, so no comment.\n')
  } else if (!/^[1-9]\d{0,15}$/.test(pullRequest)) {
    throw new Error(`The input "pull-request" takes a number, not "${pullRequest}".`)
  } else {
    const marker = markerOf(env.INPUT_LABEL?.trim() ?? '', env.INPUT_BEFORE ?? '', env.INPUT_AFTER ?? '')
    const { html_url: address } = await retried(() => put(marker, bodyOf(marker)))
    process.stdout.write(`The report is at ${address}\n`)
  }
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof ApiError && error.status === 403) {
    const reason = 'The job needs the permission pull-requests: write, which pull requests from forks do not have.'
    annotate('warning', `The report could not be put on the pull request (${message}). ${reason} It is in the summary.`)
  } else {
    annotate('error', `The report could not be put on the pull request: ${message}`)
    process.exitCode = 1
  }
}

/**
 * The first line of the comment, by which it is found again. Without tags and digests, which are others on every push.
 *
 * @param {string} label
 * @param {string} before
 * @param {string} after
 */
function markerOf(label, before, after) {
  const key = label === '' ? [before, after].map(withoutTags).map(encode).join(' to ') : `label ${encode(label)}`
  // File names have no limit that a comment should bear.
  const short = key.length <= 200 ? key : `${key.slice(0, 100)} ${createHash('sha256').update(key).digest('hex')}`
  return `<!-- layerdiff: ${short} -->`
}

/** @param {string} names of a stack, a line each */
function withoutTags(names) {
  return names
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, place = '', name = ''] = PLACED.exec(line) ?? []
      return place + name.replace(/@sha256:[0-9a-f]+$/, '').replace(/(?<=.):\w[\w.-]*$/, '')
    })
    .join('\n')
}

/**
 * Nothing that could end a comment of HTML.
 *
 * @param {string} text
 */
function encode(text) {
  return encodeURIComponent(text).replaceAll('--', '-%2D')
}

/** @param {string} marker */
function bodyOf(marker) {
  const run = `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`
  const head = `${marker}\n`
  const foot = `\n<sub>[layerdiff, run ${env.GITHUB_RUN_NUMBER}](${run})</sub>\n`
  const report = readFileSync(env.REPORT ?? '', 'utf8')
  return head + cut(report, LIMIT - head.length - foot.length) + foot
}

/**
 * Whole lines, as many as fit. The command keeps to the limit itself, which leaves no room for what is added here.
 *
 * @param {string} text
 * @param {number} room
 */
function cut(text, room) {
  if (text.length <= room) return text
  const end = '\n</details>\n\nThe rest is in the summary of the job: a comment holds no more.\n'
  return text.slice(0, Math.max(0, text.lastIndexOf('\n', room - end.length))) + end
}

/**
 * All of it again where the server failed: a comment that it made all the same is found then.
 *
 * @template T
 * @param {() => Promise<T>} work
 */
async function retried(work) {
  for (const wait of WAITS) {
    try {
      return await work()
    } catch (error) {
      // What fetch throws is of the network.
      if (error instanceof ApiError ? !error.passes : !(error instanceof TypeError || isTimeout(error))) throw error
      const asked = error instanceof ApiError && error.retryAfter > 0 ? error.retryAfter : 0
      await sleep(Math.max(wait, Math.min(asked, LONGEST_WAIT)))
    }
  }
  return await work()
}

/** @param {unknown} error */
function isTimeout(error) {
  return error instanceof DOMException && error.name === 'TimeoutError'
}

/**
 * @param {string} marker
 * @param {string} body
 * @returns {Promise<Comment>}
 */
async function put(marker, body) {
  const comments = `/repos/${env.GITHUB_REPOSITORY}/issues`
  const earlier = await findOwn(`${comments}/${pullRequest}/comments`, marker)
  return earlier === undefined
    ? await request('POST', `${comments}/${pullRequest}/comments`, { body })
    : await request('PATCH', `${comments}/comments/${earlier.id}`, { body })
}

/**
 * The comment of an earlier run. The marker alone proves nothing: anybody can write it.
 *
 * @param {string} path
 * @param {string} marker
 */
async function findOwn(path, marker) {
  /** @type {string | null | undefined} asked for once, where it is needed */
  let self
  for (let page = 1; page <= MOST_PAGES; page++) {
    /** @type {Comment[]} */
    const comments = await request('GET', `${path}?per_page=${PER_PAGE}&page=${page}`)
    for (const comment of comments) {
      if (!comment.body?.startsWith(`${marker}\n`)) continue
      // The job's own token writes as a bot, which people cannot be.
      if (comment.user?.type === 'Bot') return comment
      if (self === undefined) self = await login()
      if (comment.user?.login === self) return comment
    }
    if (comments.length < PER_PAGE) return undefined
  }
  return undefined
}

/** Who the token belongs to; null for the job's own, which is nobody's. */
async function login() {
  try {
    /** @type {{ login: string }} */
    const user = await request('GET', '/user')
    return user.login
  } catch (error) {
    if (error instanceof ApiError && !error.passes) return null
    throw error
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
async function request(method, path, body) {
  const response = await fetch(`${env.GITHUB_API_URL}${path}`, {
    method,
    headers: {
      accept: 'application/vnd.github+json',
      authorization: `Bearer ${env.INPUT_TOKEN}`,
      'content-type': 'application/json',
      'user-agent': 'layerdiff',
      'x-github-api-version': '2022-11-28',
    },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT),
  })
  if (response.ok) return await response.json()
  const text = await response.text()
  const header = response.headers.get('retry-after')
  throw new ApiError(response.status, messageOf(text), header === null ? Number.NaN : Number(header) * 1000)
}

/** @param {string} text the body of an answer, by right an object with a message */
function messageOf(text) {
  try {
    return String(JSON.parse(text).message)
  } catch {
    return text.slice(0, 200)
  }
}

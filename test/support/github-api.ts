// Stands in for GitHub's API, which is not to be had in tests: comments of one pull request, and who a token belongs to.

import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface User {
  readonly login: string
  readonly type: 'User' | 'Bot'
}

export interface Comment {
  readonly id: number
  readonly user: User | null
  body: string
}

interface Answer {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** The job's own token writes as this. */
export const BOT: User = { login: 'github-actions[bot]', type: 'Bot' }
export const REPOSITORY = 'acme/app'
export const PULL_REQUEST = 7

export interface GitHub {
  readonly comments: Comment[]
  /** METHOD and path of all that came, in order. */
  readonly requests: readonly string[]
  /** What steps have in their environment to find it. */
  readonly env: Readonly<Record<string, string>>
  /** An answer in place of the usual one; taken out by itself where it gives undefined. */
  fault: (request: string, count: number) => Answer | undefined
  /** Users by their token. The job's own is `job`. */
  readonly tokens: Map<string, User>
  close(): Promise<void>
}

export async function startGitHub(): Promise<GitHub> {
  const requests: string[] = []
  const comments: Comment[] = []
  const tokens = new Map<string, User>([['job', BOT]])
  const server = createServer(async (request, response) => {
    const line = `${request.method} ${request.url}`
    requests.push(line)
    const body = await readBody(request)
    const { status, body: answer, headers = {} } = github.fault(line, requests.length) ?? usual(request, line, body)
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(answer ?? {}))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const github: GitHub = {
    comments,
    requests,
    env: {
      GITHUB_API_URL: address,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_RUN_ID: '123',
      GITHUB_RUN_NUMBER: '4',
      GITHUB_SERVER_URL: 'https://github.example',
    },
    fault: () => undefined,
    tokens,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return github

  function usual(request: IncomingMessage, line: string, body: string): Answer {
    const user = tokens.get((request.headers.authorization ?? '').replace(/^Bearer /, ''))
    if (user === undefined) return { status: 401, body: { message: 'Bad credentials' } }
    const text = request.method === 'GET' ? '' : textOf(body)
    if (text === null) return { status: 422, body: { message: 'Validation Failed' } }
    const issues = `/repos/${REPOSITORY}/issues`
    const list = new RegExp(`^GET ${issues}/${PULL_REQUEST}/comments\\?per_page=(\\d+)&page=(\\d+)$`).exec(line)
    if (list) {
      const [size, page] = [Number(list[1]), Number(list[2])]
      return { status: 200, body: comments.slice((page - 1) * size, page * size) }
    }
    if (line === 'GET /user') {
      if (user.type === 'User') return { status: 200, body: user }
      return { status: 403, body: { message: 'Resource not accessible by integration' } }
    }
    if (line === `POST ${issues}/${PULL_REQUEST}/comments`) {
      const comment = { id: 1000 + comments.length, user, body: text }
      comments.push(comment)
      return { status: 201, body: shown(comment) }
    }
    const id = new RegExp(`^PATCH ${issues}/comments/(\\d+)$`).exec(line)?.[1]
    const comment = comments.find((one) => String(one.id) === id)
    if (comment === undefined) return { status: 404, body: { message: 'Not Found' } }
    comment.body = text
    return { status: 200, body: shown(comment) }
  }
}

function shown(comment: Comment) {
  return { ...comment, html_url: `https://github.example/${REPOSITORY}/pull/${PULL_REQUEST}#comment-${comment.id}` }
}

/** The text of a comment; null for what GitHub takes for none. */
function textOf(json: string): string | null {
  const { body } = JSON.parse(json)
  return typeof body === 'string' && body !== '' && body.length <= 65_536 ? body : null
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request.setEncoding('utf8')) text += piece
  return text
}

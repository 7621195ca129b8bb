// The action's comment on a pull request: which one it is, what it holds, and what is done where GitHub refuses.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BOT, type GitHub, PULL_REQUEST, REPOSITORY, startGitHub, type User } from './support/github-api.js'

const script = join(import.meta.dirname, '../action/comment.mjs')
const list = (page: number) => `GET /repos/${REPOSITORY}/issues/${PULL_REQUEST}/comments?per_page=100&page=${page}`
const post = `POST /repos/${REPOSITORY}/issues/${PULL_REQUEST}/comments`
const patch = (id: number) => `PATCH /repos/${REPOSITORY}/issues/comments/${id}`
const marker = '<!-- layerdiff: old.tar to new.tar -->'
const ann: User = { login: 'ann', type: 'User' }
const report = '### Same size\n\n0 added\n'

let folder: string
let github: GitHub

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'layerdiff-comment-'))
  github = await startGitHub()
})

afterEach(async () => {
  await github.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What the script says, and how it ends. */
async function comment(inputs: Readonly<Record<string, string>> = {}, text = report) {
  const file = join(folder, 'report.md')
  writeFileSync(file, text)
  const child = spawn(process.execPath, [script], {
    env: {
      PATH: process.env.PATH,
      ...github.env,
      REPORT: file,
      INPUT_BEFORE: 'old.tar',
      INPUT_AFTER: 'new.tar',
      INPUT_TOKEN: 'job',
      INPUT_PULL_REQUEST: String(PULL_REQUEST),
      ...inputs,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece) => {
      said += piece
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  return { code, said }
}

/** Of a thread: what others wrote, by its place. */
function others(count: number) {
  for (let id = 0; id < count; id++) github.comments.push({ id, user: ann, body: `comment ${id}` })
}

test('the first run writes a comment', async () => {
  others(1)
  expect(await comment()).toEqual({ code: 0, said: expect.stringContaining('#comment-1001') })
  expect(github.requests).toEqual([list(1), post])
  const foot = '<sub>[layerdiff, run 4](https://github.example/acme/app/actions/runs/123)</sub>'
  expect(github.comments[1]).toEqual({ id: 1001, user: BOT, body: `${marker}\n${report}\n${foot}\n` })
})

test('later runs update it', async () => {
  await comment()
  others(1)
  expect(await comment({}, '### Grown\n')).toMatchObject({ code: 0 })
  expect(github.requests.slice(2)).toEqual([list(1), patch(1000)])
  expect(github.comments.map(({ body }) => body)).toEqual([expect.stringContaining('### Grown'), 'comment 0'])
})

test.for([99, 100, 250])('it is found behind %i others', async (count) => {
  others(count)
  const pages = Math.floor(count / 100) + 1
  await comment()
  const asked = github.requests.length
  await comment({}, '### Grown\n')
  const id = 1000 + count
  expect(github.requests.slice(asked)).toEqual([...Array.from({ length: pages }, (_, at) => list(at + 1)), patch(id)])
  expect(github.comments).toHaveLength(count + 1)
})

describe('whose comment it is', () => {
  const marked = `${marker}\nthe text of somebody`
  test.for<[string, { user: User | null; body: string; token?: string }, 'update' | 'write']>([
    ["the job's own", { user: BOT, body: marked }, 'update'],
    ["a person's, who wrote the marker too", { user: ann, body: marked }, 'write'],
    ["a bot's that quotes the marker", { user: BOT, body: `> ${marked}` }, 'write'],
    ["a bot's with a longer marker", { user: BOT, body: marked.replace('new.tar', 'new.tar2') }, 'write'],
    ['that of an account which is gone', { user: null, body: marked }, 'write'],
    ["with a person's token, that person's", { user: ann, body: marked, token: 'ann' }, 'update'],
    ["with a person's token, another's", { user: { ...ann, login: 'bob' }, body: marked, token: 'ann' }, 'write'],
  ])('%s', async ([, { user, body, token = 'job' }, expected]) => {
    github.tokens.set('ann', ann)
    github.comments.push({ id: 1, user, body })
    expect(await comment({ INPUT_TOKEN: token })).toMatchObject({ code: 0 })
    expect(github.requests.at(-1)).toBe(expected === 'update' ? patch(1) : post)
    expect(github.comments[0]?.body === body).toBe(expected === 'write')
  })
})

describe('one comment for each pair of images', () => {
  const markerOf = async (inputs: Readonly<Record<string, string>>) => {
    expect(await comment(inputs)).toMatchObject({ code: 0 })
    return github.comments[0]?.body.split('\n')[0]
  }
  test.for<[string, Record<string, string>, string]>([
    ['files', {}, marker],
    [
      'names, whose tags are others on every push',
      { INPUT_BEFORE: 'ghcr.io/a/b:main', INPUT_AFTER: 'localhost:5000/b:sha-1234' },
      '<!-- layerdiff: ghcr.io%2Fa%2Fb to localhost%3A5000%2Fb -->',
    ],
    [
      'names with a digest',
      { INPUT_BEFORE: `docker://b:1@sha256:${'0'.repeat(64)}`, INPUT_AFTER: 'docker-daemon:b:2' },
      '<!-- layerdiff: docker%3A%2F%2Fb to docker-daemon%3Ab -->',
    ],
    [
      'files that are said to be something',
      { INPUT_BEFORE: 'docker-archive:old.tar', INPUT_AFTER: 'oci:build:web' },
      '<!-- layerdiff: docker-archive%3Aold.tar to oci%3Abuild -->',
    ],
    [
      'stacks',
      { INPUT_BEFORE: ' a.tar\n', INPUT_AFTER: 'a.tar\nb.tar\n' },
      '<!-- layerdiff: a.tar to a.tar%0Ab.tar -->',
    ],
    ['a label', { INPUT_LABEL: 'arm 64' }, '<!-- layerdiff: label arm%2064 -->'],
    ['names that would end the comment', { INPUT_LABEL: '--> @all' }, '<!-- layerdiff: label -%2D%3E%20%40all -->'],
  ])('%s', async ([, inputs, expected]) => {
    expect(await markerOf(inputs)).toBe(expected)
  })

  test('long names, which differ at their end', async () => {
    const long = 'a'.repeat(4000)
    for (const end of ['b', 'c', 'b']) await comment({ INPUT_BEFORE: long + end })
    expect(github.comments.map(({ body }) => (body.split('\n')[0] ?? '').length)).toEqual([185, 185])
  })
})

describe('a report becomes a comment', () => {
  const lines = (length: number) => 'é𝄞 and so on\n'.repeat(length / 14)
  test.for<[string, string, 'whole' | 'cut']>([
    ['that just fits', lines(65_100), 'whole'],
    ['as long as a comment may be', lines(65_534), 'cut'],
    ['much too long', lines(260_000), 'cut'],
    ['of one line too long', 'a'.repeat(70_000), 'cut'],
  ])('%s', async ([, text, expected]) => {
    expect(await comment({}, text)).toMatchObject({ code: 0 })
    const [first, ...rest] = github.comments[0]?.body.split('\n') ?? []
    expect(first).toBe(marker)
    expect(rest.includes('The rest is in the summary of the job: a comment holds no more.')).toBe(expected === 'cut')
    expect(new Set(rest.filter((line) => line.startsWith('é')))).toEqual(
      new Set(text.startsWith('a') ? [] : ['é𝄞 and so on']),
    )
  })
})

describe('where GitHub does not answer as it should', () => {
  const refused = { status: 403, body: { message: 'Resource not accessible by integration' } }
  const down = { status: 502, body: 'Bad gateway' }

  test('a token that may not write, as from a fork, is a warning', async () => {
    github.fault = (request) => (request === post ? refused : undefined)
    const { code, said } = await comment()
    expect([code, github.comments]).toEqual([0, []])
    expect(said).toMatch(/^::warning title=layerdiff::.*403 Resource not accessible.*forks.*\n$/)
  })

  test('a token that may not even read is a warning', async () => {
    github.fault = () => refused
    expect(await comment()).toEqual({ code: 0, said: expect.stringMatching(/^::warning /) })
    expect(github.requests).toEqual([list(1)])
  })

  test('a token that is none is an error', async () => {
    const { code, said } = await comment({ INPUT_TOKEN: 'nobody' })
    expect([code, said]).toEqual([1, expect.stringMatching(/^::error title=layerdiff::.*401 Bad credentials\n$/)])
  })

  test('what a server says is one line of the log', async () => {
    github.fault = () => ({ status: 422, body: { message: 'no\n::add-mask::x\r100%' } })
    const { code, said } = await comment()
    expect([code, said]).toEqual([1, expect.stringMatching(/no%0A::add-mask::x%0D100%25\n$/)])
    expect(said.trim().split('\n')).toHaveLength(1)
  })

  test('a fault that passes is waited out', async () => {
    github.fault = (_, count) => (count === 1 ? down : undefined)
    expect(await comment()).toMatchObject({ code: 0 })
    expect(github.requests).toEqual([list(1), list(1), post])
  })

  test('a comment that was made all the same is not made twice', async () => {
    github.fault = (request) => {
      if (request !== post || github.comments.length > 0) return undefined
      github.comments.push({ id: 1, user: BOT, body: `${marker}\n` })
      return down
    }
    expect(await comment()).toMatchObject({ code: 0 })
    expect(github.requests).toEqual([list(1), post, list(1), patch(1)])
    expect(github.comments).toHaveLength(1)
  })

  test('too many requests, for which GitHub names a time', async () => {
    const headers = { 'retry-after': '1' }
    github.fault = (_, count) => (count === 1 ? { ...refused, headers } : undefined)
    expect(await comment()).toMatchObject({ code: 0 })
    expect(github.requests).toEqual([list(1), list(1), post])
  })

  test('a fault that stays is an error after the fourth try', async () => {
    github.fault = () => down
    const { code, said } = await comment()
    expect([code, said]).toEqual([1, expect.stringMatching(/^::error title=layerdiff::.*502/)])
    expect(github.requests).toEqual([list(1), list(1), list(1), list(1)])
  })

  test('a thread without an end is given up', async () => {
    const page = Array.from({ length: 100 }, (_, id) => ({ id, user: ann, body: '' }))
    github.fault = (request) => (request.startsWith('GET') ? { status: 200, body: page } : undefined)
    expect(await comment()).toMatchObject({ code: 0 })
    expect([github.requests.length, github.requests.at(-1)]).toEqual([101, post])
  })
})

test('without a pull request nothing is asked', async () => {
  expect(await comment({ INPUT_PULL_REQUEST: '' })).toEqual({ code: 0, said: 'No pull request, so no comment.\n' })
  expect(github.requests).toEqual([])
})

test.for(['0', '7/../8', '7\n8', 'seven', '$(touch pwned)'])('%j is no pull request', async (number) => {
  expect(await comment({ INPUT_PULL_REQUEST: number })).toMatchObject({ code: 1 })
  expect(github.requests).toEqual([])
})

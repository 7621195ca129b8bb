// Debian's docker-registry on a free loopback port, filled by skopeo: the other end of the benchmark of pulling.

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * @param {{ before: string, after: string }} images as skopeo takes them
 * @returns {Promise<{ names: { before: string, after: string }, stop(): Promise<void> } | null>} null where it cannot be had
 */
export async function startRegistry(images) {
  for (const tool of ['docker-registry', 'skopeo']) {
    if (spawnSync(tool, ['--version'], { stdio: 'ignore' }).error) return null
  }
  const folder = mkdtempSync(join(tmpdir(), 'layerdiff-registry-'))
  const host = `127.0.0.1:${await freePort()}`
  const config = join(folder, 'config.yml')
  writeFileSync(
    config,
    `version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\nstorage: {filesystem: {rootdirectory: ${folder}/data}}\nhttp: {addr: "${host}"}\n`,
  )
  const server = spawn('docker-registry', ['serve', config], { stdio: ['ignore', 'ignore', 'ignore'] })
  const ended = new Promise((resolve) => server.on('close', resolve))
  const stop = async () => {
    server.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await answers(`http://${host}/v2/`)
    const names = { before: `${host}/bench:before`, after: `${host}/bench:after` }
    copy(images.before, names.before)
    copy(images.after, names.after)
    return { names: { before: `docker://${names.before}`, after: `docker://${names.after}` }, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * @param {string} from
 * @param {string} to
 */
function copy(from, to) {
  const { status, stderr } = spawnSync('skopeo', ['copy', '-q', '--dest-tls-verify=false', from, `docker://${to}`])
  if (status !== 0) throw new Error(`skopeo copy ${from} failed: ${stderr}`)
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.on('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

/** @param {string} url */
async function answers(url) {
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(url).catch(() => null)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} does not answer`)
}

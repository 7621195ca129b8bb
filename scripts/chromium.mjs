// A Chromium for the browser tests and benchmarks: the one that CHROMIUM_PATH names, one in a well-known place, or
// Debian's package, installed here. Playwright's own download is not used: the system's browser needs no second copy.

import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { env, getuid, platform, stderr } from 'node:process'

/** Names on PATH, best first. Any browser of the Chromium family will do. */
const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome', 'microsoft-edge']

/** @type {Partial<Record<NodeJS.Platform, string[]>>} */
const places = {
  linux: ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome'].flatMap((directory) =>
    names.map((name) => join(directory, name)),
  ),
  darwin: ['/Applications', join(env.HOME ?? '', 'Applications')].flatMap((directory) =>
    ['Chromium', 'Google Chrome', 'Microsoft Edge'].map((name) =>
      join(directory, `${name}.app/Contents/MacOS/${name}`),
    ),
  ),
  win32: [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].flatMap((directory) =>
    directory === undefined
      ? []
      : [
          'Chromium/Application/chrome.exe',
          'Google/Chrome/Application/chrome.exe',
          'Microsoft/Edge/Application/msedge.exe',
        ].map((file) => join(directory, file)),
  ),
}

/** Quiet and offline; the sandbox only goes where it cannot work, which is as root. */
export const chromiumArgs = [
  ...(getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/**
 * The path of a browser, or undefined where there is none.
 * @returns {string | undefined}
 * @throws {Error} where CHROMIUM_PATH names something that cannot be run
 */
export function findChromium() {
  if (env.CHROMIUM_PATH) {
    if (isExecutable(env.CHROMIUM_PATH)) return env.CHROMIUM_PATH
    throw new Error(`CHROMIUM_PATH is ${env.CHROMIUM_PATH}, which is not an executable file`)
  }
  const extension = platform === 'win32' ? '.exe' : ''
  const onPath = (env.PATH ?? '')
    .split(delimiter)
    .flatMap((directory) => names.map((name) => join(directory, name + extension)))
  return [...onPath, ...(places[platform] ?? [])].find(isExecutable)
}

/**
 * The path of a browser, after installing one where that is possible: Debian and Ubuntu, as root.
 * @returns {string}
 * @throws {Error} that says what to install
 */
export function ensureChromium() {
  const found = findChromium()
  if (found !== undefined) return found
  if (platform === 'linux' && getuid?.() === 0 && isExecutable('/usr/bin/apt-get')) {
    stderr.write('No Chromium found; installing the chromium package\n')
    apt('update')
    apt('install', '-y', '--no-install-recommends', 'chromium')
    const installed = findChromium()
    if (installed !== undefined) return installed
  }
  throw new Error(
    'The browser tests need Chromium, Chrome or Edge, and none was found. Install one (Debian, as root: ' +
      'apt-get install chromium; macOS: brew install --cask chromium; Windows: winget install Google.Chrome), or name ' +
      'its executable in CHROMIUM_PATH. The tests that need none: npm test -- --project node',
  )
}

/** @param {...string} args */
function apt(...args) {
  // Standard output stays clean for test reports.
  const { status } = spawnSync('apt-get', ['-q', ...args], {
    stdio: ['ignore', 2, 2],
    env: { ...env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (status !== 0) throw new Error(`apt-get ${args.join(' ')} failed; install Chromium or set CHROMIUM_PATH`)
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

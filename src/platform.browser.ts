// Browsers, with Web Workers.

import { spawnWorker } from './engine/spawn.browser.js'
import type { Platform } from './platform.js'
import { web } from './platform.web.browser.js'

export const platform: Platform = { ...web, spawn: spawnWorker }

// Wherever there is the web's API and no worker is wanted or to be had: the work is done in the thread that asks for it.
//
// It stands for `#platform` in the bundle `layerdiff/inline`, which is one file and loads nothing.

import type { Platform } from './platform.js'
import { web } from './platform.web.browser.js'

export const platform: Platform = { ...web, poolSize: () => 1, spawn: () => web.spawnInThread() }

#!/usr/bin/env node
/**
 * Starts the `countersign` command: from its sources in the workspace, from `dist` where it was installed.
 *
 * Plain JavaScript without top-level imports beyond `node:`, so that an old Node can still read it and say what is wrong.
 */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const fromSource = existsSync(new URL('../src/main.ts', import.meta.url))
const sourceCondition = '--conditions=source'

if (Number.parseInt(process.versions.node, 10) < 24) {
  process.stderr.write(`countersign needs Node 24 or later, and this is ${process.version}: ${mendOldNode()}.\n`)
  process.exitCode = 1
} else if (fromSource && !process.execArgv.includes(sourceCondition)) {
  restartWithSources()
} else {
  // Beside the code, not in the temporary folder that Node would choose: whoever can write compiled code there could
  // run code as us. Where this folder cannot be written, Node goes on without a cache.
  module.enableCompileCache(fileURLToPath(new URL('../.compile-cache', import.meta.url)))
  await (fromSource ? import('../src/main.ts') : import('../dist/main.js'))
}

/** `npm ci` brings a Node along where there is one for the machine, and npm puts it first on its path. */
function mendOldNode() {
  if (!fromSource) return 'install it from https://nodejs.org'
  return existsSync(new URL('../../../node_modules/.bin/node', import.meta.url))
    ? 'start it with `npx countersign` or `npm start`'
    : 'run `npm ci`, and where that brings no Node, install Node 24 from https://nodejs.org'
}

/** A flag, not a hook in this process: only a flag reaches the worker threads too. */
function restartWithSources() {
  const args = [sourceCondition, ...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)]
  if (process.platform !== 'win32') {
    // The same process goes on: its number, signals, exit code and terminal stay as they are.
    process.execve(process.execPath, [process.execPath, ...args])
  }
  // On Windows, a child. Ctrl+C reaches every process of the console by itself: this one only has to outlive it.
  process.on('SIGINT', () => {})
  spawn(process.execPath, args, { stdio: 'inherit' }).on('exit', (code, signal) => {
    process.exitCode = code ?? 128 + constants.signals[signal]
  })
}

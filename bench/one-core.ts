/**
 * One core for what is measured, where the system can pin (Linux): so nothing gains by threads, and what is compared is
 * work. Elsewhere nothing is pinned, and the titles say so.
 */

import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'

const cores = availableParallelism()
const core = String(cores - 1)
const canPin = cores > 1 && spawnSync('taskset', ['-c', core, 'true']).status === 0

export interface Command {
  readonly program: string
  readonly args: readonly string[]
}

/** How to start Node with these arguments. */
export function nodeOnOneCore(args: readonly string[]): Command {
  const node = process.execPath
  return canPin ? { program: 'taskset', args: ['-c', core, node, ...args] } : { program: node, args }
}

/** Runs an act of this process, all its threads on the core. */
export function onOneCore<T>(act: () => Promise<T>): Promise<T> {
  return pinned(core, act)
}

/** Runs an act of this process, all its threads on the other cores: so that it is the server's alone. */
export function offThatCore<T>(act: () => Promise<T>): Promise<T> {
  return pinned(`0-${cores - 2}`, act)
}

async function pinned<T>(to: string, act: () => Promise<T>): Promise<T> {
  pin(to)
  try {
    return await act()
  } finally {
    pin(`0-${core}`)
  }
}

export function titleOnOneCore(title: string): string {
  return canPin ? title : `${title} (not pinned to one core)`
}

function pin(to: string): void {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', to, String(process.pid)])
}

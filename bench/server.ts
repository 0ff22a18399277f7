/** The server as it is installed: from its start to its first answer, and its memory when it has nothing to do. */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { median } from './measure.ts'

const runs = 7
const startGoalMs = 400
const memoryGoalMiB = 90
const entry = fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url))

export async function bench(): Promise<readonly string[]> {
  if (!existsSync(entry)) throw new Error('there is no packages/cli/dist: run `npm run build` first')
  const dataFolder = await mkdtemp(join(tmpdir(), 'countersign-bench-'))
  const starts: number[] = []
  const memories: number[] = []
  try {
    // The first run makes the keys and fills the compile cache, as an installation does once.
    for (let run = -1; run < runs; run += 1) {
      const { startMs, memoryMiB } = await startOnce(dataFolder)
      if (run < 0) console.log(`\nserver\n  very first start, keys made  ${startMs.toFixed(0)} ms`)
      else starts.push(startMs)
      if (run >= 0 && memoryMiB !== undefined) memories.push(memoryMiB)
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true })
  }
  const missed: string[] = []
  report('start to first answer', median(starts), startGoalMs, 'ms')
  if (memories.length > 0) report('idle memory (RSS)', median(memories), memoryGoalMiB, 'MiB')
  return missed

  function report(what: string, figure: number, goal: number, unit: string): void {
    const reached = figure <= goal
    if (!reached) missed.push(`${what}: ${figure.toFixed(0)} ${unit}, to stay within ${goal}`)
    console.log(`  ${what.padEnd(28)} ${figure.toFixed(0)} ${unit}   goal ≤ ${goal} ${reached ? 'reached' : 'MISSED'}`)
  }
}

async function startOnce(
  dataFolder: string,
): Promise<{ readonly startMs: number; readonly memoryMiB: number | undefined }> {
  const startedAt = performance.now()
  const args = [entry, 'serve', '--dev', '--port', '0', '--data', dataFolder, '--log-level', 'error']
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: join(dataFolder, 'compile-cache') },
  })
  try {
    const url = await listeningUrl(child.stdout)
    const answer = await fetch(`${url}/.well-known/oauth-authorization-server`)
    if (!answer.ok) throw new Error(`the first answer is ${answer.status}`)
    await answer.text()
    const startMs = performance.now() - startedAt
    await setTimeout(1500)
    return { startMs, memoryMiB: await residentMiB(child.pid) }
  } finally {
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    await gone
  }
}

async function listeningUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const url = /^listening on (\S+)$/.exec(line)?.[1]
    if (url !== undefined) {
      stdout.resume()
      return url
    }
  }
  throw new Error('the server ended without listening')
}

/** Linux only: elsewhere there is no /proc to ask. */
async function residentMiB(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  return kib === undefined ? undefined : Number(kib) / 1024
}

/**
 * A Redis of the test's own, which it may stop.
 */

import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'

export interface TestRedis {
  readonly url: string
  /** Kills it, as a crash does. */
  stop(): Promise<void>
  /** Starts it again, empty. */
  start(): Promise<void>
}

const mend = 'Install it: apt-get install redis-server'

/** Where there is none, the suite is left out and says so; but not in CI, where it fails. */
export function canStartRedis(suite: string): boolean {
  if (process.env['CI'] === 'true' || spawnSync('redis-server', ['--version']).status === 0) return true
  process.stderr.write(`Left out, because there is no redis-server: ${suite}. ${mend}\n`)
  return false
}

export async function startRedis(): Promise<TestRedis> {
  const port = await findFreePort()
  let redis = await spawnRedis(port)
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      if (redis.exitCode !== null || redis.signalCode !== null) return
      redis.kill('SIGKILL')
      await once(redis, 'exit')
    },
    start: async () => {
      redis = await spawnRedis(port)
    },
  }
}

async function spawnRedis(port: number): Promise<ChildProcess> {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const redis = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] })
  redis.on('error', () => undefined)
  for await (const line of createInterface(redis.stdout)) if (line.includes('Ready to accept connections')) return redis
  throw new Error(`redis-server did not start. ${mend}`)
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

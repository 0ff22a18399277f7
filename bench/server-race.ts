/**
 * Races servers, each a process of its own on one core: requests a second.
 *
 * This process makes the requests of a round before it sends them, and has the other cores.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { GuardServerOrder } from './guard-server.ts'
import { sendAll } from './http-load.ts'
import type { Traffic } from './http-load.ts'
import type { Goal } from './measure.ts'
import { nodeOnOneCore, offThatCore, titleOnOneCore } from './one-core.ts'
import { race, waitUntilTaken } from './race.ts'
import type { Racer } from './race.ts'

export interface ServerRacer {
  readonly name: string
  readonly server: GuardServerOrder
  /** Makes the requests of a round: never the same bytes twice, unless that is what is measured. */
  readonly makeRequests: (count: number) => readonly Buffer[]
}

export interface ServerRace {
  readonly title: string
  /** The first one is ours. */
  readonly racers: readonly ServerRacer[]
  /** Requests that each server gets in a round. */
  readonly requests: number
  /** Default: pipelined. */
  readonly traffic?: Traffic
  readonly goals: readonly Goal[]
}

interface RunningServer {
  readonly port: number
  readonly child: ChildProcess
}

const serverFile = fileURLToPath(new URL('./guard-server.ts', import.meta.url))

/** Runs a race and prints its table. Answers the goals that were missed. */
export async function raceServers({ title, racers, requests, traffic, goals }: ServerRace): Promise<readonly string[]> {
  const lanes = await Promise.all(racers.map(async (racer) => ({ ...racer, ...(await startServer(racer.server)) })))
  try {
    await Promise.all(lanes.map(({ makeRequests, port }) => waitUntilTaken(() => sendAll(port, makeRequests(1)))))
    const racers: readonly Racer<Buffer>[] = lanes.map(({ name, makeRequests, port }) => ({
      name,
      prepare: makeRequests,
      run: (made) => sendAll(port, made, traffic),
    }))
    return await offThatCore(() => race({ title: titleOnOneCore(title), operations: requests, goals, racers }))
  } finally {
    for (const { child } of lanes) child.kill()
  }
}

async function startServer(order: GuardServerOrder): Promise<RunningServer> {
  const { program, args } = nodeOnOneCore([...process.execArgv, serverFile])
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  child.send(order)
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the server "${order.kind}" ended with ${String(code)}`)
  })
  const [port] = (await Promise.race([once(child, 'message'), ended])) as [number]
  ended.catch(() => {})
  return { port, child }
}

/**
 * The five systems, started, and what is run on them and on the product: each message and each result goes to everybody who watches.
 *
 * Knows nothing of HTTP; that is `page-server.ts`'s concern.
 */

import type { AttackedName } from '../attacks/promised.ts'
import { runAttacks } from '../attacks/run-attacks.ts'
import type { AttackedSystem, LabSystem, RunningServer } from '../lab-system.ts'
import type { Product } from '../product/system.ts'
import { systems } from '../systems.ts'
import type { LabEvent, RunKind } from './lab-event.ts'

export interface StartedSystem {
  readonly system: LabSystem
  readonly server: RunningServer
  /** Whether its own port was taken, and it listens on another. */
  readonly isElsewhere: boolean
}

type Watcher = (event: LabEvent) => void

export interface RunningLab {
  readonly started: readonly StartedSystem[]
  /** The columns of the matrix: the systems, and the product, which starts with the first attack only. */
  readonly attacked: readonly AttackedSystem[]
  /** Starts the client of a system; false where it is under way already. */
  readonly runClient: (started: StartedSystem) => boolean
  /** Attacks a system when its turn comes; false where that is under way already. */
  readonly runAttacks: (attacked: AttackedSystem) => boolean
  /** Tells the last run of everything from its start, and then what happens. Answers how to stop watching. */
  watch(watcher: Watcher): () => void
  /** What is under way is left to its end, and told to nobody. */
  close(): Promise<void>
}

/** On loopback only: these servers are weak on purpose. */
export async function openLab(product: Product): Promise<RunningLab> {
  const started: StartedSystem[] = []
  const closeServers = (): Promise<unknown> => Promise.all(started.map(({ server }) => server.close()))
  try {
    for (const system of systems) started.push(await startSystem(system))
  } catch (error) {
    await closeServers()
    throw error
  }

  const watchers = new Set<Watcher>()
  const logs = new Map<string, LabEvent[]>()
  const underWay = new Set<string>()
  // One attack at a time: some of them measure times.
  let lastAttacks: Promise<unknown> = Promise.resolve()
  let isClosed = false

  /** What is to be done at its turn; undefined where the same is under way already. */
  function prepare(
    system: AttackedName,
    run: RunKind,
    act: (tell: Watcher) => Promise<void>,
  ): (() => Promise<void>) | undefined {
    const key = `${run} ${system}`
    if (isClosed || underWay.has(key)) return undefined
    underWay.add(key)
    const log: LabEvent[] = []
    logs.set(key, log)
    const tell = (event: LabEvent): void => {
      log.push(event)
      for (const watcher of watchers) watcher(event)
    }
    tell({ type: 'queued', system, run })
    return async () => {
      if (isClosed) return
      tell({ type: 'started', system, run })
      const failure = await describeFailure(() => act(tell))
      underWay.delete(key)
      tell({ type: 'ended', system, run, ...(failure === undefined ? {} : { failure }) })
    }
  }

  return {
    started,
    attacked: [...systems, product],
    runClient: ({ system, server }) => {
      const { name } = system
      const act = prepare(name, 'client', (tell) =>
        system.runClient(server.url, {
          report: (exchange) => tell({ type: 'exchange', system: name, exchange }),
          print: (line) => tell({ type: 'printed', system: name, line }),
          ...(server.psk === undefined ? {} : { psk: server.psk }),
        }),
      )
      void act?.()
      return act !== undefined
    },
    runAttacks: (attacked) => {
      const { name } = attacked
      const act = prepare(name, 'attacks', async (tell) => {
        for await (const result of runAttacks(attacked)) {
          if (isClosed) return
          tell({ type: 'result', system: name, result })
        }
      })
      lastAttacks = lastAttacks.then(act)
      return act !== undefined
    },
    watch: (watcher) => {
      for (const log of logs.values()) log.forEach(watcher)
      watcher({ type: 'caught-up' })
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    close: async () => {
      isClosed = true
      watchers.clear()
      await Promise.all([closeServers(), product.close()])
    },
  }
}

async function startSystem(system: LabSystem): Promise<StartedSystem> {
  try {
    return { system, server: await system.start({ port: system.port }), isElsewhere: false }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    return { system, server: await system.start({ port: 0 }), isElsewhere: true }
  }
}

async function describeFailure(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

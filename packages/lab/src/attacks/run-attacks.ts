/**
 * Runs attacks and sets what was measured beside what was promised. Each attack has a server of its own, unless a URL
 * names one that runs already.
 */

import type { AttackedSystem } from '../lab-system.ts'
import type { Exchange, RunningServer, ServerOptions } from '../running-server.ts'
import { NotArrangeable, attackNames } from './attack.ts'
import type { Attack, AttackName, Finding, Outcome, Target } from './attack.ts'
import { promisedOutcome } from './promised.ts'
import type { AttackedName } from './promised.ts'

export interface AttackResult extends Finding {
  readonly system: AttackedName
  readonly attack: AttackName
  readonly expected: Outcome
  /** The first and the last messages of the attack. */
  readonly exchanges: readonly Exchange[]
}

export interface RunAttacksOptions {
  /** A server that runs already. */
  readonly url?: string
  readonly psk?: string
  /** Default: all. */
  readonly attacks?: readonly AttackName[]
  /** Every message, as it passes. */
  readonly report?: (attack: AttackName, exchange: Exchange) => void
  /** Starts the attacked servers. Default: the system's own. */
  readonly start?: (options: ServerOptions) => Promise<RunningServer>
}

const mostKept = 20

/** One after the other: some of them measure times. */
export async function* runAttacks(
  system: AttackedSystem,
  options: RunAttacksOptions = {},
): AsyncGenerator<AttackResult> {
  for (const name of options.attacks ?? attackNames) yield await runAttack(system, name, options)
}

/** An outcome that could not be arranged on somebody's running server breaks no promise. */
export function isAsPromised({ outcome, expected }: AttackResult, { url }: RunAttacksOptions = {}): boolean {
  return outcome === expected || (url !== undefined && outcome === 'not-applicable')
}

async function runAttack(system: AttackedSystem, name: AttackName, options: RunAttacksOptions): Promise<AttackResult> {
  const exchanges: Exchange[] = []
  const report = (exchange: Exchange): void => {
    options.report?.(name, exchange)
    exchanges.push(exchange)
    if (exchanges.length > mostKept) exchanges.splice(mostKept / 2, 1)
  }
  const attack = system.attacks[name]
  const finding: Finding =
    typeof attack === 'string'
      ? { outcome: 'not-applicable', evidence: attack }
      : await withTarget(system, options, report, attack)
  return { system: system.name, attack: name, expected: promisedOutcome(system.name, name), ...finding, exchanges }
}

async function withTarget(
  system: AttackedSystem,
  { url, psk, start = (options) => system.start(options) }: RunAttacksOptions,
  report: (exchange: Exchange) => void,
  attack: Attack,
): Promise<Finding> {
  const started: RunningServer[] = []
  const startServer = async (options: ServerOptions): Promise<RunningServer> => {
    const server = await start(options)
    started.push(server)
    return server
  }
  const attacked = url === undefined ? await startServer({}) : { url, ...(psk === undefined ? {} : { psk }) }
  const target: Target = {
    url: attacked.url,
    ...(attacked.psk === undefined ? {} : { psk: attacked.psk }),
    start: async (options) => {
      if (url === undefined) return startServer(options)
      throw new NotArrangeable('It takes a server started for it, and this one runs already.')
    },
    report,
  }
  try {
    return await attack(target)
  } catch (error) {
    if (!(error instanceof NotArrangeable)) throw error
    return { outcome: 'not-applicable', evidence: error.message }
  } finally {
    await Promise.all(started.map((server) => server.close()))
  }
}

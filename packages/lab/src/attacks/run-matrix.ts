/**
 * Runs every attack on everything that is attacked, in as little time as honest outcomes allow: what measures times runs
 * alone, everything else beside one another.
 */

import type { AttackedSystem } from '../lab-system.ts'
import { attackNames } from './attack.ts'
import type { AttackName } from './attack.ts'
import { runAttacks } from './run-attacks.ts'
import type { AttackResult } from './run-attacks.ts'

export interface RunMatrixOptions {
  /** How far it is, in a line for people. */
  readonly progress?: (line: string) => void
}

const measuresTimes: readonly AttackName[] = ['padding-oracle', 'user-enumeration']

/** Answers the results in the order of what is attacked, and then of the attacks. */
export async function runMatrix(
  attacked: readonly AttackedSystem[],
  { progress }: RunMatrixOptions = {},
): Promise<readonly AttackResult[]> {
  const results: AttackResult[] = []
  const attack = async (system: AttackedSystem, attacks: readonly AttackName[]): Promise<void> => {
    for await (const result of runAttacks(system, { attacks })) results.push(result)
  }
  const plans = attacked.map((system) => {
    const isTimed = (name: AttackName): boolean =>
      measuresTimes.includes(name) && typeof system.attacks[name] !== 'string'
    return { system, timed: attackNames.filter(isTimed), others: attackNames.filter((name) => !isTimed(name)) }
  })
  progress?.(`attacking ${attacked.map(({ name }) => name).join(', ')} …`)
  await Promise.all(plans.map(({ system, others }) => attack(system, others)))
  for (const { system, timed } of plans) {
    if (timed.length > 0) progress?.(`measuring the answers of ${system.name}: ${timed.join(', ')} …`)
    await attack(system, timed)
  }
  return attacked.flatMap(({ name }) =>
    attackNames.flatMap((each) => results.filter((result) => result.system === name && result.attack === each)),
  )
}

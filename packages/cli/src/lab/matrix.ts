/** Runs every attack on every system and on the product, and shows what got in where. */

import { attackNames, isAsPromised, product, runAttacks, systems } from '@countersign/lab'
import type { AttackResult } from '@countersign/lab'
import { createOutput, note } from '../output.ts'
import type { Row } from '../output.ts'
import { attackRow } from './attack.ts'

/** Answers whether every outcome was the promised one. */
export async function runLabMatrix({ json }: { readonly json: boolean }): Promise<boolean> {
  const results: AttackResult[] = []
  const attacked = [...systems, product]
  for (const each of attacked) {
    // Half a minute in all: a person who waits sees how far it is.
    if (!json) note(`attacking ${each.name} …`)
    for await (const result of runAttacks(each)) results.push(result)
  }
  const columns = ['attack', ...attacked.map(({ name }) => name)]
  createOutput(json).list(json ? results.map((result) => ({ ...attackRow(result) })) : tableOf(results), columns, '')
  return results.every((result) => isAsPromised(result))
}

function tableOf(results: readonly AttackResult[]): Row[] {
  return attackNames.map((attack) => ({
    attack,
    ...Object.fromEntries(
      results.filter((result) => result.attack === attack).map((result) => [result.system, describeOutcome(result)]),
    ),
  }))
}

function describeOutcome(result: AttackResult): string {
  const word = { succeeded: 'gets in', blocked: 'blocked', 'not-applicable': '-' }[result.outcome]
  return isAsPromised(result) ? word : `${word} (PROMISED: ${result.expected})`
}

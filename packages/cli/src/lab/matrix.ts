/** Runs every attack on every system and on the product, and shows what got in where. */

import { attackNames, isAsPromised, runMatrix, systems } from '@countersign/lab'
import type { AttackResult } from '@countersign/lab'
import { createOutput, note } from '../output.ts'
import type { Row } from '../output.ts'
import { attackRow } from './attack.ts'
import { product } from './product.ts'

/** Answers whether every outcome was the promised one. */
export async function runLabMatrix({ json }: { readonly json: boolean }): Promise<boolean> {
  const attacked = [...systems, product]
  // Half a minute in all: a person who waits sees how far it is.
  const results = await runMatrix(attacked, json ? {} : { progress: note }).finally(() => product.close())
  const columns = ['attack', ...attacked.map(({ name }) => name)]
  createOutput(json).list(json ? results.map((result) => ({ ...attackRow(result) })) : tableOf(results), columns, '')
  const kept = results.filter((result) => isAsPromised(result)).length
  if (!json) note(`${kept} of ${results.length} as promised`)
  return kept === results.length
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

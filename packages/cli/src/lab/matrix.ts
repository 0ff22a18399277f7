/** Runs every attack on every system and on the product, and shows what got in where. */

import { attackNames, isAsPromised, runMatrix, systems } from '@countersign/lab'
import type { AttackResult } from '@countersign/lab'
import { createOutput, note } from '../output.ts'
import type { Row } from '../output.ts'
import { attackRow } from './attack.ts'
import { describeSum, outcomeWords } from './outcome.ts'
import { product } from './product.ts'

/** Answers whether every outcome was the promised one. */
export async function runLabMatrix({ json }: { readonly json: boolean }): Promise<boolean> {
  const attacked = [...systems, product]
  // Half a minute in all: a person who waits sees how far it is.
  const results = await runMatrix(attacked, json ? {} : { progress: note }).finally(() => product.close())
  const columns = ['attack', ...attacked.map(({ name }) => name)]
  createOutput(json).list(json ? results.map((result) => ({ ...attackRow(result) })) : tableOf(results), columns, '')
  if (!json) note(`\n${legend}\n${describeSum(results)}`)
  return results.every((result) => isAsPromised(result))
}

/** For the cells alone: the words would make the table wider than most terminals. */
const doesNotApply = '–'

const legend = `${doesNotApply}: it ${outcomeWords['not-applicable']}; \`lab attack\` with the name of the system says why.
Why the product lets in what gets in there: packages/lab/src/product/README.md`

function tableOf(results: readonly AttackResult[]): Row[] {
  return attackNames.map((attack) => ({
    attack,
    ...Object.fromEntries(
      results.filter((result) => result.attack === attack).map((result) => [result.system, describeOutcome(result)]),
    ),
  }))
}

function describeOutcome(result: AttackResult): string {
  const word = result.outcome === 'not-applicable' ? doesNotApply : outcomeWords[result.outcome]
  return isAsPromised(result) ? word : `${word} (PROMISED: ${outcomeWords[result.expected]})`
}

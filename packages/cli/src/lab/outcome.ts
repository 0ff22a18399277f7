/** Outcomes of attacks in words for people, the same as on the page. Programs get the codes. */

import { isAsPromised } from '@countersign/lab'
import type { AttackResult, Outcome, RunAttacksOptions } from '@countersign/lab'

export const outcomeWords: Readonly<Record<Outcome, string>> = {
  succeeded: 'gets in',
  blocked: 'blocked',
  'not-applicable': 'does not apply',
}

/** What came out of all of them, in a line. */
export function describeSum(results: readonly AttackResult[], named?: RunAttacksOptions): string {
  const kept = results.filter((result) => isAsPromised(result, named)).length
  const getIn = results.filter(({ outcome }) => outcome === 'succeeded').length
  return `${kept} of ${results.length} as promised; ${getIn} get${getIn === 1 ? 's' : ''} in`
}

/** Runs the attacks on one system, or on the product, and shows what each sent, what came back, and whether it got in. */

import { isAsPromised, runAttacks } from '@countersign/lab'
import type { AttackedSystem, AttackResult, Exchange, LabSystem, Product } from '@countersign/lab'
import { CommandError } from '../failure.ts'
import { note } from '../output.ts'
import { unreachable } from './client.ts'
import { describeSum, outcomeWords } from './outcome.ts'
import { readUrl } from './url.ts'
import type { NamedServer } from './url.ts'

export interface AttackOptions {
  readonly url?: string
  readonly psk?: string
  readonly json?: true
}

/** What programs are told of an attack. */
export interface AttackRow {
  readonly system: string
  readonly attack: string
  readonly outcome: string
  readonly expected: string
  readonly evidence: string
}

/** How many of the attacker's messages are shown: the first, and those that decided. */
const mostShown = 3
const longestShown = 160

/** Answers whether every outcome was the promised one. */
export function runLabAttacks(system: LabSystem, options: AttackOptions): Promise<boolean> {
  return attack(system, readUrl(system, options), options)
}

/** On the product: it is started, and stopped. */
export async function runProductAttacks(product: Product, { url, psk, json }: AttackOptions): Promise<boolean> {
  if (url !== undefined || psk !== undefined) {
    throw new CommandError('product is started for its attacks, with people and a bank: leave out --url and --psk.')
  }
  return attack(product, undefined, json ? { json } : {}).finally(() => product.close())
}

async function attack(
  system: AttackedSystem,
  named: NamedServer | undefined,
  options: Pick<AttackOptions, 'json'>,
): Promise<boolean> {
  const results: AttackResult[] = []
  try {
    for await (const result of runAttacks(system, named)) {
      results.push(result)
      const lines = describeResult(result, isAsPromised(result, named))
      if (!options.json) process.stdout.write(`${lines.join('\n')}\n\n`)
    }
  } catch (error) {
    throw named === undefined ? error : unreachable(system, named.url, error)
  }
  if (options.json) process.stdout.write(`${JSON.stringify(results.map(attackRow), null, 2)}\n`)
  else note(describeSum(results, named))
  return results.every((result) => isAsPromised(result, named))
}

export function attackRow({ system, attack, outcome, expected, evidence }: AttackResult): AttackRow {
  return { system, attack, outcome, expected, evidence }
}

function describeResult({ attack, outcome, expected, evidence, exchanges }: AttackResult, isKept: boolean): string[] {
  const promise = isKept ? 'as promised' : `PROMISED: ${outcomeWords[expected]}`
  // An insider sends in his own name, and who only listens sends nothing: then what he heard.
  const [sent = []] = ['attacker', 'bob', 'alice']
    .map((name) => exchanges.filter(({ from }) => from === name))
    .filter(({ length }) => length > 0)
  const shown = sent.length <= mostShown ? sent : [...sent.slice(0, 1), ...sent.slice(1 - mostShown)]
  return [`${attack}: ${outcomeWords[outcome]} (${promise})`, ...shown.flatMap(describeExchange), `    ${evidence}`]
}

function describeExchange({ from, sent, received, note }: Exchange): string[] {
  const said = [...(from === 'attacker' ? [] : [`as ${from}`]), ...(note === undefined ? [] : [note])].join(': ')
  const answer = received === '' ? '(closed without an answer)' : oneLine(received)
  return [...(said === '' ? [] : [`    # ${said}`]), `    > ${oneLine(sent)}`, `    < ${answer}`]
}

function oneLine(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ')
  return line.length <= longestShown ? line : `${line.slice(0, longestShown)}…`
}

/**
 * Telling names that exist from names that do not: by what is answered, and by how long the answer takes.
 */

import { blocked, succeeded } from './attack.ts'
import type { Finding } from './attack.ts'
import { effectSize } from './effect-size.ts'

const samples = 200
const notableEffect = 0.6
/** One below what a throttle lets pass for a name. */
const guessesAMinute = 4

export interface NamesApartOptions {
  readonly known: string
  readonly unknown: string
  /** Sends a wrong password for the name; answers what came back. */
  readonly ask: (name: string) => Promise<string>
  /** Called before a throttle would answer instead. */
  readonly waitAMinute: () => void
}

/** A clock for the attacked server that stands still until the attacker has waited. */
export function createSteppedClock(): { readonly now: () => number; readonly waitAMinute: () => void } {
  let now = Date.now() / 1000
  return { now: () => now, waitAMinute: () => void (now += 61) }
}

export async function tellNamesApart({ known, unknown, ask, waitAMinute }: NamesApartOptions): Promise<Finding> {
  const times: Readonly<Record<'known' | 'unknown', number[]>> = { known: [], unknown: [] }
  for (let round = 0; round < samples; round++) {
    if (round % guessesAMinute === 0) waitAMinute()
    const texts: Record<string, string> = {}
    // Both in turn, and each first as often as the other: whatever slows the machine slows both.
    const order = [['known', known] as const, ['unknown', unknown] as const]
    for (const [kind, name] of round % 2 === 0 ? order : order.reverse()) {
      const startedAt = performance.now()
      texts[kind] = (await ask(name)).replaceAll(name, 'NAME')
      times[kind].push(performance.now() - startedAt)
    }
    if (texts['known'] !== texts['unknown']) {
      return succeeded(`a known name: ${texts['known'] ?? ''} · an unknown one: ${texts['unknown'] ?? ''}`)
    }
  }
  const effect = effectSize(times.known, times.unknown)
  const evidence = `the same text; times of ${samples} samples each: effect size ${effect.toFixed(2)}`
  return effect > notableEffect ? succeeded(evidence) : blocked(evidence)
}

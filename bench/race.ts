/**
 * Races contestants that need a new input for each operation: rounds in turn, medians and ratios pair by pair.
 *
 * As `measure.ts`, whose contestants take the same inputs again and again. Inputs are made outside of what is timed.
 */

import { median, printResults } from './measure.ts'
import type { Goal } from './measure.ts'

export interface Racer<Input> {
  readonly name: string
  /** Makes what a round takes. */
  readonly prepare: (count: number) => readonly Input[]
  /** One operation for each input. */
  readonly run: (inputs: readonly Input[]) => Promise<unknown>
}

export interface Race<Input> {
  readonly title: string
  /** The first one is ours. */
  readonly racers: readonly Racer<Input>[]
  /** Operations of each racer in a round. */
  readonly operations: number
  readonly goals: readonly Goal[]
}

const rounds = 9

/** Runs a race and prints its table. Answers the goals that were missed. */
export async function race<Input>(toRun: Race<Input>): Promise<readonly string[]> {
  const { title, racers, operations, goals } = toRun
  const lanes = racers.map((racer) => ({ racer, speeds: [] as number[] }))
  // The first round is the warm-up.
  for (let round = -1; round < rounds; round += 1) {
    const first = (round + 1) % lanes.length
    for (const { racer, speeds } of [...lanes.slice(first), ...lanes.slice(0, first)]) {
      const inputs = racer.prepare(operations)
      const startedAt = performance.now()
      await racer.run(inputs)
      if (round >= 0) speeds.push((operations * 1000) / (performance.now() - startedAt))
    }
  }
  const ours = lanes[0]?.speeds ?? []
  const results = lanes.map(({ racer: { name }, speeds }) => ({
    name,
    perSecond: median(speeds),
    ratio: median(ours.map((speed, round) => speed / (speeds[round] ?? NaN))),
  }))
  return printResults(title, results, goals)
}

/** Operations under way at once, as on a busy server. */
const atOnce = 16

/** Runs all, some at once. */
export async function runAll(operations: readonly (() => Promise<unknown>)[]): Promise<void> {
  for (let at = 0; at < operations.length; at += atOnce) {
    await Promise.all(operations.slice(at, at + atOnce).map((operation) => operation()))
  }
}

/** Waits until an operation works. What remembers what was spent takes nothing in the first seconds of its life. */
export async function waitUntilTaken(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = performance.now() + 20_000
  for (;;) {
    try {
      await attempt()
      return
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

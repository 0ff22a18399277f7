/**
 * Compares contestants in one run: rounds in turn, each contestant in each round, medians and ratios pair by pair.
 *
 * A machine's speed drifts; a ratio of two neighbours in one round does not. So a figure here is a ratio, never a time.
 */

export interface Contestant {
  readonly name: string
  /** One operation. `index` counts up for ever, so that an operation can take another input each time. */
  readonly run: (index: number) => unknown
  /** The operation answers a promise that must be awaited. */
  readonly awaits?: true
}

export interface Goal {
  /** The contestant that the first one is held against. */
  readonly against: string
  /** How many times its operations a second, at least. */
  readonly atLeast: number
}

export interface Comparison {
  readonly title: string
  /** The first one is ours. */
  readonly contestants: readonly Contestant[]
  readonly goals?: readonly Goal[]
}

export interface Result {
  readonly name: string
  readonly perSecond: number
  /** Ours ÷ this one, in operations a second: the median over the rounds. */
  readonly ratio: number
}

const rounds = 41
const roundMs = 12

/** Runs a comparison and prints its table. Answers the goals that were missed. */
export async function compare({ title, contestants, goals = [] }: Comparison): Promise<readonly string[]> {
  const batches = []
  for (const contestant of contestants) batches.push(await calibrate(contestant))
  const speeds: number[][] = contestants.map(() => [])
  const next = contestants.map(() => 0)
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < contestants.length; turn += 1) {
      // Each round begins with another one, so that nobody always runs on a warm or a cold machine.
      const index = (turn + round) % contestants.length
      const contestant = contestants[index]
      if (contestant === undefined) continue
      const count = batches[index] ?? 1
      speeds[index]?.push(await perSecond(contestant, next[index] ?? 0, count))
      next[index] = (next[index] ?? 0) + count
    }
  }
  const ours = speeds[0] ?? []
  const results = contestants.map(({ name }, index) => {
    const theirs = speeds[index] ?? []
    return {
      name,
      perSecond: median(theirs),
      ratio: median(ours.map((speed, round) => speed / (theirs[round] ?? NaN))),
    }
  })
  return printResults(title, results, goals)
}

/** Prints a table of results against goals. Answers the goals that were missed. */
export function printResults(title: string, results: readonly Result[], goals: readonly Goal[]): readonly string[] {
  const missed: string[] = []
  console.log(`\n${title}`)
  for (const [index, { name, perSecond: speed, ratio }] of results.entries()) {
    const goal = goals.find(({ against }) => against === name)
    const reached = goal === undefined || ratio >= goal.atLeast
    if (!reached) missed.push(`${title}: ${ratio.toFixed(2)} × ${name}, to reach ${goal.atLeast}`)
    const verdict = goal === undefined ? '' : `   goal ≥ ${goal.atLeast} ${reached ? 'reached' : 'MISSED'}`
    const figure = index === 0 ? '' : `ours is ${ratio.toFixed(2)} ×`
    console.log(`  ${name.padEnd(24)} ${formatSpeed(speed).padStart(11)}/s   ${figure}${verdict}`)
  }
  return missed
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

/** How many operations fill a round, after a warm-up that lets the engine compile. */
async function calibrate(contestant: Contestant): Promise<number> {
  let count = 16
  for (;;) {
    const startedAt = performance.now()
    await perSecond(contestant, 0, count)
    const took = performance.now() - startedAt
    if (took > roundMs * 2) return Math.max(1, Math.round((count * roundMs) / took))
    count *= 2
  }
}

async function perSecond({ run, awaits }: Contestant, from: number, count: number): Promise<number> {
  const startedAt = performance.now()
  if (awaits === true) for (let index = from; index < from + count; index += 1) await run(index)
  else for (let index = from; index < from + count; index += 1) run(index)
  return (count * 1000) / (performance.now() - startedAt)
}

function formatSpeed(perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en')
}

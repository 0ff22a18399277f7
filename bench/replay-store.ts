/** The memory replay store at five million live ids: bytes an id, and its longest pause while it grows and forgets. */

import { randomUUID } from 'node:crypto'
import { PerformanceObserver } from 'node:perf_hooks'
import { memoryReplayStore, spendId } from '@countersign/guard'

const entries = 5_000_000
const bytesGoal = 32
const pauseGoalMs = 10
/** Ids live this long on the bench's clock, which runs as fast as the store does. */
const lifetimeSeconds = 600

export async function bench(): Promise<readonly string[]> {
  let now = 1_000_000
  const collections: number[] = []
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) collections.push(entry.duration)
  })
  observer.observe({ entryTypes: ['gc'] })
  const before = memoryInUse()
  const store = memoryReplayStore({ maxEntries: entries + 100_000, clock: () => now })

  console.log(`\nreplay store, ${entries.toLocaleString('en')} live ids`)
  const growing = await spendMany(entries, () => (now += lifetimeSeconds / entries))
  const bytes = (memoryInUse() - before) / entries
  // As many again: each new id comes when an old one dies.
  const turning = await spendMany(entries, () => (now += lifetimeSeconds / entries))
  observer.disconnect()

  const missed: string[] = []
  report('bytes an id', bytes, bytesGoal)
  report('longest pause growing, ms', growing.longestMs, pauseGoalMs)
  report('longest pause forgetting, ms', turning.longestMs, pauseGoalMs)
  console.log(`  longest garbage collection   ${Math.max(0, ...collections).toFixed(1)} ms (within the pauses above)`)
  console.log(`  spends a second              ${Math.round(turning.perSecond).toLocaleString('en')}`)
  return missed

  /** Spends ids, a fresh one each time, and watches how long any one of them takes. */
  async function spendMany(count: number, tick: () => void): Promise<{ longestMs: number; perSecond: number }> {
    let longestMs = 0
    let spentMs = 0
    for (let index = 0; index < count; index += 1) {
      if (index % 100_000 === 0) await new Promise((resolve) => setImmediate(resolve))
      tick()
      const id = spendId('at', 'https://auth.example', randomUUID())
      const startedAt = performance.now()
      const answer = store.spend(id, now + lifetimeSeconds)
      const took = performance.now() - startedAt
      if (answer !== 'spent') throw new Error(`a fresh id was answered ${String(answer)}`)
      spentMs += took
      if (took > longestMs) longestMs = took
    }
    return { longestMs, perSecond: (count * 1000) / spentMs }
  }

  function report(what: string, figure: number, goal: number): void {
    const reached = figure <= goal
    if (!reached) missed.push(`replay store, ${what}: ${figure.toFixed(1)}, to stay within ${goal}`)
    console.log(`  ${what.padEnd(28)} ${figure.toFixed(1)}   goal ≤ ${goal} ${reached ? 'reached' : 'MISSED'}`)
  }
}

function memoryInUse(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

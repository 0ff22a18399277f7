/** The memory replay store at five million live ids: bytes an id, and its longest pause while it grows and forgets. */

import { PerformanceObserver } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { memoryReplayStore, spendId } from '@countersign/guard'

const entries = 5_000_000
const bytesGoal = 32
const pauseGoalMs = 10
/** Ids live this long on the bench's clock, which runs as fast as the store does. */
const lifetimeSeconds = 600
/** Spends between two looks at the clock. */
const few = 16

export async function bench(): Promise<readonly string[]> {
  let now = 1_000_000
  let serial = 0
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
  console.log(`  longest garbage collection   ${Math.max(0, ...collections).toFixed(1)} ms (by the clock on the wall)`)
  console.log(`  spends a second              ${Math.round(turning.perSecond).toLocaleString('en')}`)
  return missed

  /** Spends ids, a fresh one each time, and watches how long the thread is busy with any few of them. */
  async function spendMany(count: number, tick: () => void): Promise<{ longestMs: number; perSecond: number }> {
    let longestMs = 0
    let busyMs = 0
    for (let index = 0; index < count; index += few) {
      if (index % 100_000 === 0) await new Promise((resolve) => setImmediate(resolve))
      // The thread's own processor time: what else the machine does is no pause of ours; garbage collection is.
      const before = process.threadCpuUsage()
      for (let one = 0; one < few; one += 1) {
        tick()
        const answer = store.spend(spendId('at', 'https://auth.example', `token-${serial++}`), now + lifetimeSeconds)
        if (answer !== 'spent') throw new Error('a fresh id was refused')
      }
      const { user, system } = process.threadCpuUsage(before)
      const took = (user + system) / 1000
      busyMs += took
      if (took > longestMs) longestMs = took
    }
    return { longestMs, perSecond: (count * 1000) / busyMs }
  }

  function report(what: string, figure: number, goal: number): void {
    const reached = figure <= goal
    if (!reached) missed.push(`replay store, ${what}: ${figure.toFixed(1)}, to stay within ${goal}`)
    console.log(`  ${what.padEnd(28)} ${figure.toFixed(1)}   goal ≤ ${goal} ${reached ? 'reached' : 'MISSED'}`)
  }
}

/** What is held once garbage is gone. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

/**
 * A process that takes a lock, to be killed at any of its steps, or to race with others. It begins when standard input ends,
 * says on standard output how far it is, and writes to file descriptor 3, which those who race share, when it has the lock.
 *
 * Arguments: the lock; how often to take it; at which call of the file system to stop for good (0: at none).
 */

import { randomInt } from 'node:crypto'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { buffer } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'

const [lock = '', times = '1', stopAt = '0'] = process.argv.slice(2)
/** Written at once, so that nothing of what was said is lost with the process. */
const say = (text: string): void => void fs.writeSync(1, `${text}\n`)
const log = (text: string): void => void fs.writeSync(3, `${process.pid} ${text}\n`)

let step = 0
/** Stops when the real call is through: what it did is there, and nothing after it. */
const stopping = <A extends readonly unknown[], T>(name: string, call: (...args: A) => Promise<T>) => {
  return async (...args: A): Promise<T> => {
    try {
      return await call(...args)
    } finally {
      if (String(args[0]).startsWith(lock) && ++step === Number(stopAt)) {
        say(`stopped after ${name}`)
        await new Promise(() => setInterval(() => undefined, 60_000))
      }
    }
  }
}
const files = fs.promises as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>
for (const name of ['mkdir', 'readdir', 'rm', 'rmdir', 'writeFile']) files[name] = stopping(name, files[name]!)
syncBuiltinESMExports()

const { lockFile } = await import('./file-lock.ts')
say('ready')
await buffer(process.stdin)
for (let time = 0; time < Number(times); time++) {
  const unlock = await lockFile(lock)
  log('in')
  await setTimeout(1)
  log('out')
  await unlock()
  await setTimeout(randomInt(8))
}
say('done')

/**
 * Password hashes: argon2id in the thread pool, so many at once and so many waiting, no more.
 *
 * One hasher serves the whole process: sign-in, registration and administration wait in the same queue, so that no flood
 * of passwords takes all memory or the threads that files and DNS need. Rules for passwords lie in `password-rules.ts`.
 */

import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'

export interface PasswordHasher {
  /**
   * Answers the PHC string of the password, byte for byte as it is.
   *
   * @throws {HashingBusyError} at once, if too many wait already.
   */
  hash(password: string): Promise<string>
  /**
   * Whether the password is the one that was hashed. Without a hash (there is no such user) the same work is done
   * against one that nothing matches, so that the answer takes as long.
   *
   * @throws {HashingBusyError} at once, if too many wait already.
   */
  verify(passwordHash: string | undefined, password: string): Promise<boolean>
  /** Whether the hash was made with other parameters than those of today. */
  isOutdated(passwordHash: string): Promise<boolean>
}

export interface PasswordHasherOptions {
  /** Hashes in flight. Default: the smaller of CPUs and thread pool, less one; at least 1. */
  readonly concurrency?: number
  /** Hashes that may wait. Default 64 for each in flight: about 3 seconds. */
  readonly maxWaiting?: number
  /** Default 19456 (19 MiB). */
  readonly memoryKiB?: number
  /** Default 2. */
  readonly passes?: number
}

/** Too many passwords wait to be hashed. */
export class HashingBusyError extends Error {
  override readonly name = 'HashingBusyError'
  readonly retryAfterSeconds: number = 2

  constructor() {
    super('too many passwords wait to be hashed')
  }
}

export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const { concurrency = defaultConcurrency(), memoryKiB = 19_456, passes = 2 } = options
  const enqueue = createQueue(concurrency, options.maxWaiting ?? 64 * concurrency)
  const parameters = { memoryCost: memoryKiB, timeCost: passes, parallelism: 1 }
  let nobodysHash: Promise<string> | undefined

  // Loaded at the first password, not at start: the binary costs time and memory.
  const argon2 = () => import('@node-rs/argon2')

  // `Algorithm` and `Version` are const enums, which are not there at run time: argon2id and 0x13 are the defaults.
  const makeHash = async (password: string) => (await argon2()).hash(password, parameters)

  return {
    hash: (password) => enqueue(() => makeHash(password)),

    async verify(passwordHash, password) {
      // Made for every caller alike, so that the first unknown name takes no longer than the first known one.
      nobodysHash ??= makeHash(randomUUID()).catch((error: unknown) => {
        nobodysHash = undefined
        throw error
      })
      const unmatched = await nobodysHash
      const matches = await enqueue(async () => (await argon2()).verify(passwordHash ?? unmatched, password))
      return passwordHash !== undefined && matches
    },

    async isOutdated(passwordHash) {
      const { memoryCost, timeCost, parallelism } = (await argon2()).parseOptions(passwordHash)
      return (
        memoryCost !== parameters.memoryCost ||
        timeCost !== parameters.timeCost ||
        parallelism !== parameters.parallelism
      )
    },
  }
}

/** Leaves a thread of the pool to files and DNS. */
function defaultConcurrency(): number {
  const threads = Number(process.env['UV_THREADPOOL_SIZE']) || 4
  return Math.max(1, Math.min(availableParallelism(), threads) - 1)
}

/** Runs `concurrency` tasks at a time, first come, first served. */
function createQueue(concurrency: number, maxWaiting: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0

  return async (task) => {
    if (running < concurrency) running++
    else if (waiting.length < maxWaiting) await new Promise<void>((resolve) => waiting.push(resolve))
    else throw new HashingBusyError()
    try {
      return await task()
    } finally {
      // Handed on rather than given up, so that nobody slips in before the one who waits.
      const next = waiting.shift()
      if (next === undefined) running--
      else next()
    }
  }
}

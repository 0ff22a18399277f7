/**
 * The same memory in Redis: servers that share it, and the secret, act as one.
 */

import { Redis } from 'ioredis'
import type { ChainableCommander } from 'ioredis'

import { storeUnavailable } from './token-store.ts'
import type { TokenStore } from './token-store.ts'

// A command that cannot be sent or answered now fails now, and is never sent again later: the token that it was to spend
// has been refused by then.
const impatient = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 1000,
  commandTimeout: 1000,
  retryStrategy: (): number => 500,
}

/**
 * Connects to Redis; where it is away, every call is refused until it is there.
 *
 * @param url `redis://…`; its query may set `keyPrefix`
 */
export async function redisTokenStore(url: string, now: () => number): Promise<TokenStore> {
  const redis = new Redis(url, { ...impatient, keyPrefix: 'countersign-lab:one-time:', lazyConnect: true })
  // Each failure is met where a command fails.
  redis.on('error', () => undefined)
  await redis.connect().catch(() => undefined)

  const millisecondsUntil = (expiresAt: number) => Math.max(1, Math.ceil((expiresAt - now()) * 1000))
  return {
    keep: async ({ jti, user, hash, expiresAt }) => {
      const lifetime = millisecondsUntil(expiresAt)
      await transact(redis.multi().set(`hash:${jti}`, hash, 'PX', lifetime).set(`newest:${user}`, jti, 'PX', lifetime))
    },
    isSpent: async (jti) => (await ask(redis.get(`spent:${jti}`))) !== null,
    newestOf: async (user) => (await ask(redis.get(`newest:${user}`))) ?? undefined,
    hashOf: async (jti) => (await ask(redis.get(`hash:${jti}`))) ?? undefined,
    // Redis takes one transaction after another: the one that still finds the hash has spent the token.
    spend: async (jti, expiresAt) => {
      const lifetime = millisecondsUntil(expiresAt)
      const [, deleted] = await transact(redis.multi().set(`spent:${jti}`, '1', 'PX', lifetime).del(`hash:${jti}`))
      return deleted === 1
    },
    close: async () => redis.disconnect(),
  }
}

async function transact(commands: ChainableCommander): Promise<unknown[]> {
  const results = await ask(commands.exec())
  if (results === null || results.some(([error]) => error !== null)) throw storeUnavailable()
  return results.map(([, result]) => result)
}

async function ask<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer
  } catch {
    throw storeUnavailable()
  }
}

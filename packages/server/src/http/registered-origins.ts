/** Which browser origins clients have registered. Remembered for some seconds: anybody can send an `Origin` header. */

import type { Clock } from '../clock.ts'
import type { ClientStore } from '../store/records.ts'
import type { IsRegisteredOrigin } from './cors.ts'

const rememberedSeconds = 5

export function registeredOrigins(clients: Pick<ClientStore, 'list'>, clock: Clock): IsRegisteredOrigin {
  let origins: Promise<ReadonlySet<string>> | undefined
  let readAt = 0
  const read = async () => new Set((await clients.list()).flatMap((client) => client.origins))
  return async (origin) => {
    const now = clock()
    if (origins === undefined || now < readAt || now >= readAt + rememberedSeconds) {
      readAt = now
      origins = read()
      // A failure is told to those who wait for it, and the next one tries again.
      origins.catch(() => (origins = undefined))
    }
    return (await origins).has(origin)
  }
}

import { expect, test } from 'vitest'
import { issuer, setUp } from './client.fixture.ts'
import { send } from './wire.ts'
import type { Sending } from './wire.ts'

const url = new URL(`${issuer}/slow`)
const hung = () => {
  const { wire } = setUp({})
  // As every `fetch` does: nothing comes, until it is aborted.
  const fetch: typeof globalThis.fetch = (_url, { signal } = {}) =>
    new Promise((_resolve, reject) => {
      const abort = (): void => reject(signal?.reason as Error)
      if (signal?.aborted === true) abort()
      else signal?.addEventListener('abort', abort)
    })
  return (init: Sending) => send({ ...wire, fetch }, url, init)
}

test('an answer that does not come within our own time limit is lost: network_failed', async () => {
  await expect(hung()({ limit: AbortSignal.timeout(1) })).rejects.toMatchObject({
    name: 'ClientError',
    code: 'network_failed',
    cause: { name: 'TimeoutError' },
  })
})

for (const { name, signal } of [
  { name: 'a reason', signal: AbortSignal.abort('enough') },
  { name: 'a time limit', signal: AbortSignal.timeout(1) },
]) {
  test(`whoever aborts a call with ${name} of their own gets that back`, async () => {
    const error: unknown = await hung()({ signal }).catch((caught: unknown) => caught)
    expect(error).toBe(signal.reason)
  })
}

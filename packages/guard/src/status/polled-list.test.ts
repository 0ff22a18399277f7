import { afterEach, describe, expect, test } from 'vitest'
import { noon } from '../guard.fixture.ts'
import { openKeySet } from '../keys/open-key-set.ts'
import { polledList } from './polled-list.ts'
import type { PolledListOptions } from './polled-list.ts'
import { jwks, listKey, makeList, startStatusServer, tokenKey } from './status-server.fixture.ts'
import type { ListFacts } from './status-server.fixture.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

/** A list of an issuer that answers over HTTP, at times that the test says. */
async function setUp(options: Partial<PolledListOptions> = {}) {
  const server = await startStatusServer()
  const time = { now: 1000 }
  const alarms: { readonly at: number; readonly ring: () => void }[] = []
  const closing = new AbortController()
  const list = polledList(server.uri, {
    keys: openKeySet({ keys: { keys: jwks }, jwksMaxStaleSeconds: 0, fetch }),
    fetch,
    clock: () => noon - 1000 + time.now,
    clockSkewSeconds: 5,
    whenUnreachable: 'refuse',
    closing: closing.signal,
    monotonic: () => time.now,
    wait: (seconds) => new Promise((ring) => alarms.push({ at: time.now + seconds, ring })),
    ...options,
  })
  cleanUps.push(
    () => closing.abort(),
    () => server.close(),
  )
  /** Publishes a list that is made now. */
  const publish = (...revoked: readonly number[]) => publishWith({ revoked })
  const publishWith = (facts: Partial<ListFacts>) =>
    server.publish(makeList({ uri: server.uri, issuedAt: noon - 1000 + time.now, ...facts }))
  /** Lets time pass, and what is due in it begin. */
  const pass = (seconds: number) => {
    time.now += seconds
    for (const alarm of alarms.splice(0)) {
      if (alarm.at <= time.now) alarm.ring()
      else alarms.push(alarm)
    }
  }
  const isWaiting = async (): Promise<void> => {
    while (alarms.length === 0) await new Promise(setImmediate)
  }
  /** Lets time pass, and the request that is due in it end. */
  const passAndPoll = async (seconds: number): Promise<void> => {
    pass(seconds)
    await isWaiting()
  }
  publish()
  return { server, list, publish, publishWith, pass, passAndPoll, isWaiting, alarms, closing }
}

const revoked = { name: 'GuardError', code: 'token_revoked', status: 401 }
const unavailable = { name: 'GuardError', code: 'status_unavailable', status: 503, headers: { 'Retry-After': '5' } }
const invalid = { name: 'GuardError', code: 'status_list_invalid', status: 503 }
const down = (_request: unknown, response: { destroy(): unknown }) => void response.destroy()

describe('while the issuer answers', () => {
  test('one request serves all who wait for the first list', async () => {
    const { server, list } = await setUp()
    await Promise.all(Array.from({ length: 100 }, async (_, idx) => list.check(idx)))
    expect(server.requests).toBe(1)
  })

  test('a young list answers at once, and is asked for again every second while it is used', async () => {
    const { server, list, passAndPoll, isWaiting } = await setUp()
    await list.check(0)
    await isWaiting()
    for (let second = 1; second <= 5; second++) {
      await passAndPoll(1)
      expect(list.check(0)).toBeUndefined()
      expect(server.requests).toBe(1 + second)
    }
  })

  test('what is revoked is refused after the next request', async () => {
    const { list, publish, passAndPoll, isWaiting } = await setUp()
    await list.check(7)
    await isWaiting()
    publish(7)
    expect(list.check(7)).toBeUndefined()
    await passAndPoll(1)
    expect(() => list.check(7)).toThrow(expect.objectContaining(revoked))
    expect(list.check(8)).toBeUndefined()
  })

  test('a list that is older than a second and a half is waited for', async () => {
    const { server, list, publish, pass, isWaiting } = await setUp()
    await list.check(7)
    await isWaiting()
    publish(7)
    // The answer to the next request is slow, and nobody is let through meanwhile.
    const answered = Promise.withResolvers<undefined>()
    const { answer } = server
    server.answer = (request, response) => void answered.promise.then(() => answer(request, response))
    pass(1)
    expect(list.check(7)).toBeUndefined()
    pass(0.5)
    const waiting = list.check(7)
    expect(waiting).toBeInstanceOf(Promise)
    answered.resolve(undefined)
    await expect(waiting).rejects.toMatchObject(revoked)
  })

  test('of an issuer that is slow, a list that was asked for long before the call is not believed', async () => {
    const { server, list, publish, pass } = await setUp()
    const { answer } = server
    const answered = Promise.withResolvers<undefined>()
    server.answer = (request, response) => {
      publish(7)
      void answered.promise.then(() => answer(request, response))
    }
    const first = list.check(7)
    while (server.requests === 0) await new Promise(setImmediate)
    pass(4)
    const second = list.check(7)
    answered.resolve(undefined)
    await first
    await expect(second).rejects.toMatchObject(revoked)
    expect(server.requests).toBe(2)
  })

  test('and where the second answer does not come, what the first one said is what there is', async () => {
    const { server, list, pass } = await setUp()
    const { answer } = server
    const answered = Promise.withResolvers<undefined>()
    server.answer = (request, response) => {
      server.answer = down
      void answered.promise.then(() => answer(request, response))
    }
    const first = list.check(7)
    while (server.requests === 0) await new Promise(setImmediate)
    pass(4)
    const second = list.check(7)
    answered.resolve(undefined)
    expect(await Promise.all([first, second])).toEqual([undefined, undefined])
    expect(server.requests).toBe(2)
  })

  test('a list that nobody uses is not asked for; the next use waits for one', async () => {
    const { server, list, publish, passAndPoll, pass, isWaiting } = await setUp()
    await list.check(7)
    await isWaiting()
    for (let second = 1; second < 30; second++) await passAndPoll(1)
    pass(1)
    publish(7)
    await new Promise(setImmediate)
    const { requests } = server
    pass(1000)
    await new Promise(setImmediate)
    expect(server.requests).toBe(requests)
    publish(7)
    await expect(list.check(7)).rejects.toMatchObject(revoked)
    expect(server.requests).toBe(requests + 1)
  })

  for (const { ttl, seconds } of [
    { ttl: 0.01, seconds: 1 },
    { ttl: 1, seconds: 1 },
    { ttl: 20, seconds: 10 },
    { ttl: 86_400, seconds: 30 },
  ]) {
    test(`a time to live of ${ttl} s makes a request every ${seconds} s`, async () => {
      const { list, publishWith, isWaiting, alarms } = await setUp()
      publishWith({ claims: { ttl } })
      await list.check(0)
      await isWaiting()
      expect(alarms.map(({ at }) => at)).toEqual([1000 + seconds])
    })
  }

  test('a place that no list has is refused', async () => {
    const { list } = await setUp()
    const refused = { name: 'GuardError', code: 'status_list_refused', status: 401 }
    await expect(list.check(131_072)).rejects.toMatchObject(refused)
  })
})

describe('of two lists', () => {
  test('an older one takes nothing back: what is revoked stays so', async () => {
    const { list, publish, publishWith, passAndPoll, isWaiting } = await setUp()
    publish(7)
    await expect(list.check(7)).rejects.toMatchObject(revoked)
    await isWaiting()
    publishWith({ issuedAt: noon - 1 })
    for (let second = 0; second < 60; second++) {
      await passAndPoll(1)
      expect(() => list.check(7)).toThrow(expect.objectContaining(revoked))
    }
  })

  test('both are believed, whose clock is ahead or behind: what either has revoked is refused within two seconds', async () => {
    for (const [ahead, behind] of [
      [5, 0],
      [0, -50],
      [5, -50],
      [0, 0],
    ] as const) {
      const { list, publishWith, passAndPoll, isWaiting } = await setUp()
      publishWith({ issuedAt: noon + ahead, revoked: [7] })
      await expect(list.check(7)).rejects.toMatchObject(revoked)
      await isWaiting()
      publishWith({ issuedAt: noon + 1 + behind, revoked: [8] })
      await passAndPoll(1)
      for (const idx of [7, 8]) expect(() => list.check(idx)).toThrow(expect.objectContaining(revoked))
      expect(list.check(9)).toBeUndefined()
    }
  })

  test('a place that is given to another grant, long after it was revoked, is good again', async () => {
    const { list, publish, passAndPoll, isWaiting } = await setUp()
    publish(7)
    await expect(list.check(7)).rejects.toMatchObject(revoked)
    await isWaiting()
    for (let second = 1; second <= 150; second++) {
      publish()
      await passAndPoll(1)
      expect(list.check(8)).toBeUndefined()
      if (second < 75) expect(() => list.check(7)).toThrow(expect.objectContaining(revoked))
    }
    expect(list.check(7)).toBeUndefined()
  })
})

describe('when the issuer does not answer', () => {
  test('the last list serves until it has ended, and nobody waits; then tokens are refused', async () => {
    const { server, list, publish, passAndPoll, isWaiting } = await setUp()
    publish(7)
    await list.check(0)
    await isWaiting()
    server.answer = down
    await passAndPoll(1)
    for (let second = 2; second < 65; second++) {
      await passAndPoll(1)
      expect(list.check(0)).toBeUndefined()
      expect(() => list.check(7)).toThrow(expect.objectContaining(revoked))
    }
    await passAndPoll(1)
    expect(() => list.check(0)).toThrow(expect.objectContaining(unavailable))
    expect(() => list.check(7)).toThrow(expect.objectContaining(revoked))
    publish()
    await passAndPoll(1)
    expect(list.check(0)).toBeUndefined()
  })

  test('and there never was a list, tokens are refused, at the cost of a request a second', async () => {
    const { server, list, passAndPoll, isWaiting } = await setUp()
    server.answer = down
    await expect(list.check(0)).rejects.toMatchObject(unavailable)
    await isWaiting()
    for (let time = 0; time < 100; time++) {
      expect(() => list.check(0)).toThrow(expect.objectContaining(unavailable))
    }
    expect(server.requests).toBe(1)
    await passAndPoll(1)
    expect(server.requests).toBe(2)
  })

  test('tokens are taken where that was chosen, but for those that are known to be revoked', async () => {
    const { server, list, publish, passAndPoll, isWaiting } = await setUp({ whenUnreachable: 'accept-unsafe' })
    server.answer = down
    expect(await list.check(7)).toBeUndefined()
    await isWaiting()
    publish(7)
    await passAndPoll(1)
    server.answer = down
    for (let second = 0; second < 100; second++) {
      await passAndPoll(1)
      expect(() => list.check(7)).toThrow(expect.objectContaining(revoked))
    }
    expect(list.check(0)).toBeUndefined()
  })

  for (const { name, status } of [
    { name: 'an error', status: 500 },
    { name: 'that there is no such list', status: 404 },
    { name: 'with nothing', status: 204 },
    { name: 'that nothing has changed', status: 304 },
  ]) {
    test(`an answer of ${name} is none`, async () => {
      const { server, list } = await setUp()
      server.answer = (_request, response) => response.writeHead(status).end()
      await expect(list.check(0)).rejects.toMatchObject(unavailable)
    })
  }

  test('a redirect is not followed', async () => {
    const { server, list } = await setUp()
    const { answer } = server
    server.answer = (request, response) => {
      if (request.url?.endsWith('/elsewhere') === true) return answer(request, response)
      response.writeHead(302, { location: `${server.uri}/elsewhere` }).end()
    }
    await expect(list.check(0)).rejects.toMatchObject(unavailable)
    expect(server.requests).toBe(1)
  })

  test('an answer that never ends is cut off', async () => {
    const { server, list } = await setUp()
    const closed = Promise.withResolvers<unknown>()
    server.answer = (_request, response) => {
      const drip = (): void => void response.write('x'.repeat(16 * 1024), () => setImmediate(drip))
      response.once('close', () => closed.resolve(true))
      drip()
    }
    await expect(list.check(0)).rejects.toMatchObject(unavailable)
    await closed.promise
  })
})

describe('a list that is none', () => {
  test('is refused, whatever was chosen for an issuer that cannot be reached; the one before serves until it has ended', async () => {
    for (const whenUnreachable of ['refuse', 'accept-unsafe'] as const) {
      const { list, publishWith, passAndPoll, isWaiting } = await setUp({ whenUnreachable })
      publishWith({ key: tokenKey })
      await expect(list.check(0)).rejects.toMatchObject(invalid)
      await isWaiting()
      publishWith({ key: listKey })
      await passAndPoll(1)
      publishWith({ key: tokenKey })
      for (let second = 0; second < 60; second++) {
        await passAndPoll(1)
        expect(list.check(0)).toBeUndefined()
      }
      for (let second = 0; second < 10; second++) await passAndPoll(1)
      expect(() => list.check(0)).toThrow(expect.objectContaining(invalid))
    }
  })
})

test('the end of the guard ends what is under way, and the polling', async () => {
  const { server, list, closing, pass } = await setUp()
  const asked = Promise.withResolvers<unknown>()
  const ended = Promise.withResolvers<unknown>()
  server.answer = (_request, response) => {
    response.once('close', () => ended.resolve(true))
    asked.resolve(true)
  }
  const waiting = expect(list.check(0)).rejects.toMatchObject(unavailable)
  await asked.promise
  closing.abort()
  await waiting
  await ended.promise
  pass(100)
  expect(() => list.check(0)).toThrow(expect.objectContaining(unavailable))
  expect(server.requests).toBe(1)
})

import { secretKey, exportPrivateJwk, TokenError } from '@countersign/tokens'
import type { Key } from '@countersign/tokens'
import { afterEach, describe, expect, test } from 'vitest'
import { makeKey } from '../guard.fixture.ts'
import { failing, publishing, startJwksServer } from './jwks-server.fixture.ts'
import { remoteKeySet } from './remote-key-set.ts'

const [a, b] = [await makeKey('a'), await makeKey('b')]
const unavailable = { name: 'GuardError', code: 'keys_unavailable', status: 503, headers: { 'Retry-After': '5' } }

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

async function setUp({ maxStaleSeconds = 3600 } = {}) {
  const server = await startJwksServer(a)
  const clock = { now: 1000 }
  const waits: number[] = []
  const keySet = remoteKeySet({
    uri: server.uri,
    maxStaleSeconds,
    fetch,
    monotonic: () => (clock.now += 1e-9),
    // Time passes by being waited for.
    wait: async (seconds) => {
      waits.push(seconds)
      clock.now += seconds
    },
  })
  cleanUps.push(
    () => keySet.close(),
    () => server.close(),
  )
  return {
    server,
    clock,
    waits,
    keySet,
    kids: async () => keySet.use((keys) => keys.map(({ kid }) => kid)),
    find: async (kid: string) => keySet.use((keys) => findKey(keys, kid)),
  }
}

function findKey(keys: readonly Key[], kid: string): Key {
  const key = keys.find((candidate) => candidate.kid === kid)
  if (key === undefined) throw new TokenError('token_key_unknown', 'unknown')
  return key
}

/** Lets a fetch in the background end: its answer has arrived once `requests` says so and the next one is asked for. */
async function settled(requests: () => number, expected: number): Promise<void> {
  for (let turn = 0; turn < 10_000 && requests() < expected; turn++) await new Promise(setImmediate)
  expect(requests()).toBe(expected)
}

describe('fetching', () => {
  test('one fetch serves all who wait for the first set', async () => {
    const { server, kids } = await setUp()
    const all = await Promise.all(Array.from({ length: 100 }, kids))
    expect(all).toEqual(Array.from({ length: 100 }, () => ['a']))
    expect(server.requests).toBe(1)
  })

  test('a young set is used without asking, and without a promise', async () => {
    const { server, clock, kids, keySet } = await setUp()
    await kids()
    clock.now += 38
    expect(keySet.use((keys) => keys.length)).toBe(1)
    expect(server.requests).toBe(1)
  })

  test('before it is a minute old it is fetched again, and nobody waits', async () => {
    const { server, clock, kids, keySet } = await setUp()
    await kids()
    server.answer = publishing(b)
    clock.now += 55
    expect(keySet.use((keys) => keys.map(({ kid }) => kid))).toEqual(['a'])
    await settled(() => server.requests, 2)
    while (keySet.use((keys) => keys[0]?.kid) !== 'b') await new Promise(setImmediate)
    expect(server.requests).toBe(2)
  })

  test('a set older than a minute is not used before asking: a key that is gone is dropped at once', async () => {
    const { server, clock, kids } = await setUp()
    await kids()
    server.answer = publishing(b)
    clock.now += 61
    expect(await kids()).toEqual(['b'])
    expect(server.requests).toBe(2)
  })

  test('the same text keeps its key handles', async () => {
    const { clock, find } = await setUp()
    const before = await find('a')
    clock.now += 61
    expect(await find('a')).toBe(before)
  })
})

describe('a key that is unknown', () => {
  test('is asked for at once, and found if it was just rotated in', async () => {
    const { server, clock, kids, find } = await setUp()
    await kids()
    server.answer = publishing(a, b)
    clock.now += 5
    expect((await find('b')).kid).toBe('b')
    expect(server.requests).toBe(2)
  })

  test('is not asked for again where the first set was fetched for it', async () => {
    const { server, find } = await setUp()
    await expect(find('x')).rejects.toMatchObject({ code: 'token_key_unknown' })
    expect(server.requests).toBe(1)
  })

  test('waits for a fetch that starts after it came, not for one under way', async () => {
    const { server, clock, kids, find, waits } = await setUp()
    await kids()
    clock.now += 61
    // The answer under way was made before b was published.
    const asked = Promise.withResolvers<() => void>()
    server.answer = (request, response) => asked.resolve(() => publishing(a)(request, response))
    const underWay = kids()
    const answer = await asked.promise
    clock.now += 0.25
    const found = find('b')
    server.answer = publishing(a, b)
    answer()
    await underWay
    expect((await found).kid).toBe('b')
    expect(server.requests).toBe(3)
    expect(waits).toEqual([expect.closeTo(0.75)])
  })

  test('a flood of them costs one fetch a second', async () => {
    const { server, kids, find, waits } = await setUp()
    await kids()
    for (let second = 0; second < 5; second++) {
      const flood = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => find(`forged ${index}`)))
      for (const outcome of flood) expect(outcome).toMatchObject({ reason: { code: 'token_key_unknown' } })
    }
    expect(server.requests).toBe(6)
    expect(waits).toEqual([1, 1, 1, 1, 1].map((seconds) => expect.closeTo(seconds)))
  })

  test('is a 503 while the issuer cannot be asked', async () => {
    const { server, clock, kids, find } = await setUp()
    await kids()
    server.answer = failing
    clock.now += 5
    await expect(find('b')).rejects.toMatchObject(unavailable)
    expect(await kids()).toEqual(['a'])
  })
})

describe('in an outage', () => {
  test('the last set serves for as long as it may, then nothing does', async () => {
    const { server, clock, kids } = await setUp({ maxStaleSeconds: 600 })
    await kids()
    server.answer = failing
    clock.now = 1599
    expect(await kids()).toEqual(['a'])
    clock.now = 1601
    await expect(kids()).rejects.toMatchObject(unavailable)
    server.answer = publishing(b)
    clock.now += 20
    expect(await kids()).toEqual(['b'])
  })

  test('nobody waits for what has just failed, and what comes back is seen', async () => {
    const { server, clock, kids, keySet } = await setUp()
    await kids()
    server.answer = failing
    clock.now += 100
    await kids()
    server.answer = publishing(b)
    clock.now += 2
    expect(keySet.use((keys) => keys.map(({ kid }) => kid))).toEqual(['a'])
    await settled(() => server.requests, 3)
    while (keySet.use((keys) => keys[0]?.kid) !== 'b') await new Promise(setImmediate)
  })

  test('without a first set everything is a 503, until there is one', async () => {
    const { server, kids } = await setUp()
    server.answer = failing
    await expect(kids()).rejects.toMatchObject(unavailable)
    server.answer = publishing(a)
    expect(await kids()).toEqual(['a'])
  })
})

describe('an answer that is no JWK Set leaves the last one in place', () => {
  const jwk = exportPrivateJwk(a)
  for (const { name, status = 200, headers = {}, body = '' } of [
    { name: 'no JSON', body: '<html>' },
    { name: 'no set', body: '{"keys":7}' },
    { name: 'broken UTF-8', body: Buffer.from([0x7b, 0xff, 0x7d]) },
    { name: 'two keys of one kid', body: JSON.stringify({ keys: [jwk, jwk] }) },
    { name: 'a redirect', status: 302, headers: { location: '/other' } },
    { name: 'another 2xx', status: 206, body: '{"keys":[]}' },
    { name: 'a not found', status: 404 },
    { name: 'more than 256 KiB', body: `{"keys":[],"padding":"${'x'.repeat(256 * 1024)}"}` },
  ]) {
    test(name, async () => {
      const { server, clock, kids } = await setUp()
      await kids()
      server.answer = (request, response) => {
        if (request.url === '/other') publishing(b)(request, response)
        else response.writeHead(status, headers).end(body)
      }
      clock.now += 61
      expect(await kids()).toEqual(['a'])
      expect(server.requests).toBe(2)
    })
  }

  test('an answer without an end is cut off, however it drips', async () => {
    const { server, clock, kids } = await setUp()
    await kids()
    const closed = Promise.withResolvers<unknown>()
    server.answer = (_request, response) => {
      const drip = (): void => void response.write('x'.repeat(64 * 1024), () => setImmediate(drip))
      response.once('close', () => closed.resolve(true))
      drip()
    }
    clock.now += 61
    expect(await kids()).toEqual(['a'])
    await closed.promise
  })
})

test('an empty set is believed: all keys are gone', async () => {
  const { server, clock, kids } = await setUp()
  await kids()
  server.answer = publishing()
  clock.now += 61
  expect(await kids()).toEqual([])
})

test('a private or secret key that was published verifies nothing', async () => {
  for (const key of [b, secretKey('HS256', new Uint8Array(32), { kid: 's' })]) {
    const { server, kids } = await setUp()
    server.answer = (_request, response) => response.end(JSON.stringify({ keys: [exportPrivateJwk(key)] }))
    expect(await kids()).toEqual([])
  }
})

test('close ends what is under way', async () => {
  const { server, kids, keySet } = await setUp()
  const asked = Promise.withResolvers<unknown>()
  const ended = Promise.withResolvers<unknown>()
  server.answer = (_request, response) => {
    response.once('close', () => ended.resolve(true))
    asked.resolve(true)
  }
  const waiting = expect(kids()).rejects.toMatchObject(unavailable)
  await asked.promise
  keySet.close()
  await waiting
  await ended.promise
})

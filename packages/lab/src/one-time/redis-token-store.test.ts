import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { RunningServer } from '../running-server.ts'
import { createHttpClient, textMember } from '../wire/http-client.ts'
import type { HttpClient, HttpReply } from '../wire/http-client.ts'
import { canStartRedis, startRedis } from './redis.fixture.ts'
import type { TestRedis } from './redis.fixture.ts'
import { startOneTimeServer } from './server.ts'

const env = { JWT_SECRET_KEY: 'a secret of at least thirty-two bytes' }
let redis: TestRedis
let one: HttpClient
let two: HttpClient
let server: RunningServer
let stopTwo: () => Promise<unknown>

describe.skipIf(!canStartRedis('one-time on Redis'))('one-time on Redis', () => {
  beforeAll(async () => {
    redis = await startRedis()
    server = await startOneTimeServer({ env, extra: { redis: redis.url } })
    one = createHttpClient(server.url)
    // The other in a process of its own, as servers are.
    const script = `
    import { startOneTimeServer } from '${import.meta.dirname}/server.ts'
    console.log((await startOneTimeServer({ extra: { redis: '${redis.url}' } })).url)`
    const args = ['--conditions=source', '--input-type=module', '--eval', script]
    const second = spawn(process.execPath, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    stopTwo = () => {
      second.kill()
      return once(second, 'exit')
    }
    const [url] = (await once(createInterface(second.stdout), 'line')) as [string]
    two = createHttpClient(url)
  })

  afterAll(async () => {
    await stopTwo()
    await server.close()
    await redis.stop()
  })

  test('two servers with one Redis act as one', async () => {
    const token = await issue(one, 'alice')
    expect(await codeOf(use(two, token))).toBe('granted')
    expect(await codeOf(use(one, token))).toBe('401 token_replayed')
    const older = await issue(two, 'alice')
    const newer = await issue(one, 'alice')
    expect(await codeOf(use(two, older))).toBe('401 token_stale')
    expect(await codeOf(use(two, newer))).toBe('granted')
  })

  test('a hundred uses at once over both are granted once', { timeout: 30_000 }, async () => {
    const token = await issue(one, 'alice')
    const replies = Array.from({ length: 100 }, (_, at) => codeOf(use(at % 2 === 0 ? one : two, token)))
    const codes = await Promise.all(replies)
    expect(codes.filter((code) => code === 'granted')).toHaveLength(1)
    expect(new Set(codes)).toEqual(new Set(['granted', '401 token_replayed']))
  })

  test('all that Redis keeps ends with the token, and no token is kept', async () => {
    const [used, unused] = [await issue(one, 'bob'), await issue(one, 'carol')]
    await use(one, used)
    const direct = new Redis(redis.url)
    const keys = await direct.keys('*')
    expect(new Set(keys.map((key) => key.split(':').slice(0, 3).join(':')))).toEqual(
      new Set(['countersign-lab:one-time:hash', 'countersign-lab:one-time:newest', 'countersign-lab:one-time:spent']),
    )
    for (const key of keys) {
      const lifetime = await direct.pttl(key)
      expect(lifetime).toBeGreaterThan(0)
      expect(lifetime).toBeLessThanOrEqual(120_000)
      expect([used, unused]).not.toContain(await direct.get(key))
    }
    direct.disconnect()
  })

  test(
    'while Redis is away nothing is granted, and the server goes on once it is back',
    { timeout: 30_000 },
    async () => {
      const token = await issue(one, 'alice')
      await redis.stop()
      expect(await codeOf(use(one, token))).toBe('503 store_unavailable')
      expect((await one.post('/request-token', { form: { user_id: 'alice' } })).text).toBe(
        '{"error":"store_unavailable"}',
      )
      expect((await one.get('/health')).status).toBe(200)
      await redis.start()
      await expect.poll(() => issue(one, 'alice'), { timeout: 10_000 }).not.toBe('')
      // It has forgotten the token: what is unknown is refused.
      expect(await codeOf(use(one, token))).toMatch(/^401 token_stale$/)
      expect(await codeOf(use(one, await issue(one, 'alice')))).toBe('granted')
    },
  )

  test('a server starts while Redis is away', async () => {
    const alone = await startOneTimeServer({ env, extra: { redis: 'redis://127.0.0.1:1' } })
    expect(await codeOf(createHttpClient(alone.url).post('/request-token', { form: { user_id: 'a' } }))).toBe(
      '503 store_unavailable',
    )
    await alone.close()
  })
})

async function issue(from: HttpClient, user: string): Promise<string> {
  return textMember(await from.post('/request-token', { form: { user_id: user } }), 'access_token') ?? ''
}

function use(at: HttpClient, token: string): Promise<HttpReply> {
  return at.get('/secure-data', { headers: { Authorization: `Bearer ${token}` } })
}

async function codeOf(reply: Promise<HttpReply>): Promise<string> {
  const { status, text } = await reply
  return status === 200 ? 'granted' : `${status} ${(JSON.parse(text) as { error: string }).error}`
}

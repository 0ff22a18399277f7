/**
 * Bad input: every endpoint refuses it with a 4xx in its own error shape, tells nothing of the inside, and goes on.
 *
 * `COUNTERSIGN_FUZZ_SEED` and `COUNTERSIGN_FUZZ_REQUESTS` repeat a fuzz, or make it longer.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { casesOf } from './bad-input/cases.ts'
import { canary, endpoints } from './bad-input/endpoints.ts'
import { fuzzRequest } from './bad-input/fuzz.ts'
import type { Credentials } from './bad-input/fuzz-values.ts'
import type { FuzzedRequest } from './bad-input/fuzz.ts'
import { findFault } from './bad-input/judge.ts'
import { malformedRequests } from './bad-input/malformed.ts'
import { createRandom } from './bad-input/random.ts'
import { requestTo, writeRequest } from './bad-input/request.ts'
import { openWire } from './bad-input/wire.ts'
import type { WireAnswer, WireRequest } from './bad-input/wire.ts'
import { signIn } from './harness/client.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const alice = { username: 'alice', password: 'a-long-password-of-hers' }

const fuzzRequests = Number(process.env['COUNTERSIGN_FUZZ_REQUESTS'] ?? 10_000)

let stage: Stage
let server: ServerProcess
let credentials: Credentials

beforeAll(async () => {
  stage = await openStage()
  const flags = ['--log-level', 'info', '--request-timeout', '1', '--trusted-proxies', '127.0.0.1']
  server = await stage.serve({ flags })
  credentials = await stage.administer(server.url, async (administration) => {
    await administration.createUser(alice)
    const grants = ['authorization_code', 'refresh_token', 'client_credentials']
    const { client, secret } = await administration.createClient({ name: 'fuzzed', firstParty: true, grants })
    return { id: client.id, secret: secret ?? '' }
  })
})
afterAll(() => stage.close())

describe.for(endpoints)('$path', (endpoint) => {
  const { path, surface, allow, takes } = endpoint

  test('refuses every case in its shape, by its code', async () => {
    for (const { what, request, status, code } of casesOf(endpoint)) {
      const answer = await ask(writeRequest(request))
      const shape = request.target.startsWith('/oauth/') ? 'oauth' : 'api'
      expect(
        findFault(answer, { surface: shape, isHead: false, mayPass: false }),
        `${what}: ${answer?.text}`,
      ).toBeUndefined()
      const body = JSON.parse(answer?.body ?? '') as Record<string, unknown>
      expect({ status: answer?.status, code: body[shape === 'oauth' ? 'error' : 'code'] }, what).toEqual({
        status,
        code,
      })
      if (status === 405) expect(answer?.headers.get('allow')?.split(', ').sort()).toEqual([...allow].sort())
    }
  })

  if (takes !== 'none') {
    test('refuses what is no HTTP', async () => {
      const { body } = requestTo(endpoint)
      const type = takes === 'form' ? 'application/x-www-form-urlencoded' : 'application/json'
      for (const { what, text, status } of malformedRequests(path, type, body?.toString() ?? '')) {
        const answer = await ask({ bytes: Buffer.from(text, 'latin1'), isHead: false })
        expect(
          findFault(answer, { surface: 'either', isHead: false, mayPass: false }),
          `${what}: ${answer?.text}`,
        ).toBeUndefined()
        expect(answer?.status, what).toBe(status)
      }
    })

    test('does not wait for ever for a body whose end does not come', async () => {
      const sound = writeRequest(requestTo(endpoint)).bytes
      const answer = await ask({ bytes: sound.subarray(0, -1), isHead: false })
      expect(findFault(answer, { surface, isHead: false, mayPass: false }), answer?.text).toBeUndefined()
      expect(answer?.status).toBe(408)
    })
  }
})

test('the server goes on: it told nothing to its log, nothing failed, and alice can sign in', async () => {
  await expectHealth()
})

test(`${fuzzRequests} bad requests at random, and the server goes on`, { timeout: 600_000 }, async () => {
  const seed = Number(process.env['COUNTERSIGN_FUZZ_SEED'] ?? Math.floor(Math.random() * 2 ** 32))
  console.log(`bad input: ${fuzzRequests} requests, COUNTERSIGN_FUZZ_SEED=${seed}`)
  const before = await memoryMiB()
  const statuses = new Map<number, number>()
  const faults: string[] = []
  const judge = (request: FuzzedRequest, answer: WireAnswer | undefined): void => {
    statuses.set(answer?.status ?? 0, (statuses.get(answer?.status ?? 0) ?? 0) + 1)
    const fault = findFault(answer, request)
    if (fault === undefined) return
    const sent = JSON.stringify(request.bytes.toString('latin1').slice(0, 1000))
    faults.push(`${fault}\n  sent ${sent}\n  got ${JSON.stringify(answer?.text.slice(0, 500))}`)
  }

  let left = fuzzRequests
  const work = async (worker: number): Promise<void> => {
    const random = createRandom(seed + worker)
    const wire = openWire(server.port)
    while (left > 0 && faults.length < 5) {
      const requests = Array.from({ length: Math.min(left, 1 + random.below(8)) }, () =>
        fuzzRequest(credentials, random),
      )
      left -= requests.length
      const framed = requests.filter(({ isFramed }) => isFramed)
      const answers = await wire.exchange(framed)
      for (const [index, answer] of answers.entries()) judge(framed[index]!, answer)
      // Those behind one after which the server closed, and those that are nobody's to follow.
      for (const request of [...framed.slice(answers.length), ...requests.filter(({ isFramed }) => !isFramed)]) {
        judge(request, await ask(request))
      }
    }
    wire.close()
  }
  await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)))

  const after = await memoryMiB()
  const counts = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`)
  console.log(`bad input: ${counts.join(', ')}; ${before} MiB before, ${after} MiB after`)
  expect(faults.join('\n'), `COUNTERSIGN_FUZZ_SEED=${seed}`).toBe('')
  // A hundred thousand cost 150 MiB, three hundred thousand no more: room for the garbage, and no leak.
  expect(after - before).toBeLessThan(200)
  await expectHealth()
})

async function ask(request: WireRequest): Promise<WireAnswer | undefined> {
  const wire = openWire(server.port)
  try {
    return (await wire.exchange([request]))[0]
  } finally {
    wire.close()
  }
}

async function expectHealth(): Promise<void> {
  expect((await signIn(server.url, alice)).status).toBe(200)
  expect(server.log()).not.toContain('"level":"error"')
  expect(server.log()).not.toContain(canary)
}

async function memoryMiB(): Promise<number> {
  const metrics = await (await fetch(`${server.url}/metrics`)).text()
  return Math.round(Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]) / 2 ** 20)
}

/**
 * Bad input: every endpoint refuses it with a 4xx in its own error shape, tells nothing of the inside, and goes on.
 *
 * `COUNTERSIGN_FUZZ_SEED` and `COUNTERSIGN_FUZZ_REQUESTS` repeat a fuzz, or make it longer.
 */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { casesOf } from './bad-input/cases.ts'
import { canary, endpoints } from './bad-input/endpoints.ts'
import { findFault, findLeak } from './bad-input/judge.ts'
import { malformedRequests } from './bad-input/malformed.ts'
import { formOf, requestTo, writeRequest } from './bad-input/request.ts'
import { openWire } from './bad-input/wire.ts'
import type { WireAnswer, WireRequest } from './bad-input/wire.ts'
import { signIn } from './harness/client.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const alice = { username: 'alice', password: 'a-long-password-of-hers' }

let stage: Stage
let server: ServerProcess

beforeAll(async () => {
  stage = await openStage()
  server = await stage.serve({ flags: ['--log-level', 'info', '--request-timeout', '1'] })
  await stage.administer(server.url, (administration) => administration.createUser(alice))
})
afterAll(() => stage.close())

describe.for(endpoints)('$path', (endpoint) => {
  const { path, surface, allow, takes, fields } = endpoint

  test('refuses every case in its shape, by its code', async () => {
    for (const { what, request, status, code } of casesOf(endpoint)) {
      const answer = await ask(writeRequest(request))
      const shape = request.target.startsWith('/oauth/') ? 'oauth' : 'api'
      expect(findFault(answer, { surface: shape, isHead: false }), `${what}: ${answer?.text}`).toBeUndefined()
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
        expect(findFault(answer, { surface: 'either', isHead: false }), `${what}: ${answer?.text}`).toBeUndefined()
        expect(answer?.status, what).toBe(status)
      }
    })

    test('does not wait for ever for a body whose end does not come', async () => {
      const sound = writeRequest(requestTo(endpoint)).bytes
      const answer = await ask({ bytes: sound.subarray(0, -1), isHead: false })
      expect(findFault(answer, { surface, isHead: false }), answer?.text).toBeUndefined()
      expect(answer?.status).toBe(408)
    })
  }
})

test('the server goes on: it told nothing to its log, nothing failed, and alice can sign in', async () => {
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

/** Signed and sealed calls of the client, held against a real guard by somebody on the line who reads and changes them. */

import { memoryStorage } from '@countersign/client'
import type { CallOptions, Client } from '@countersign/client'
import { createClient } from '@countersign/client/node'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startApi } from './client/api.ts'
import type { Api } from './client/api.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'

const audience = 'https://bank.example'
const alice = { username: 'alice', password: 'a-long-password-of-hers' }

let stage: Stage
let api: Api
let client: Client
/** What the person on the line does with a request to the API, and with its answer. By default, nothing. */
let meddle: {
  request?: (url: URL, init: RequestInit) => void
  answer?: (answer: Response) => Response | Promise<Response>
}
/** All that they have read. */
let read: string

beforeAll(async () => {
  stage = await openStage()
  const { url: issuer } = await stage.serve()
  await stage.administer(issuer, (administration) => administration.createUser(alice))
  await stage.command(issuer, ...'apis create bank --session-keys --scope pay --audience'.split(' '), audience)
  const app = await stage.command(
    issuer,
    ...'clients create app --public --first-party --scope pay --grant authorization_code refresh_token'.split(' '),
    ...['--audience', audience],
  )
  const secrets = await stage.command(issuer, 'apis', 'secret', audience)
  api = await startApi(
    {
      '/signed': { proof: 'signature' },
      '/sealed': { sealed: true },
      '/all': { scope: 'pay', proof: ['dpop', 'signature'], sealed: true, singleUse: true },
    },
    { issuer, audience, sessionSecrets: secrets['sessionSecrets'] as Record<string, string> },
  )
  const fetchOnTheLine = async (input: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input as string)
    if (url.origin !== api.url) return fetch(url, init)
    meddle.request?.(url, init)
    read += await new Request(url, init).text()
    const answer = await fetch(url, init)
    read += await answer.clone().text()
    return meddle.answer?.(answer) ?? answer
  }
  client = createClient({ issuer, clientId: String(app['id']), storage: memoryStorage(), fetch: fetchOnTheLine })
  await client.signIn.password({ ...alice, resource: audience })
})
afterAll(async () => {
  await api.close()
  await stage.close()
})
beforeEach(() => {
  meddle = {}
  read = ''
})

const post = (path: string, body: CallOptions['body'], options: CallOptions = {}): Promise<Response> =>
  client.fetch(api.url + path, { method: 'POST', body: body ?? null, resource: audience, ...options })
const codeOf = async (answer: Response): Promise<unknown> => ((await answer.json()) as { readonly code?: unknown }).code

describe.each(['proof-key', 'session-key'] as const)('signed with the %s', (signWith) => {
  const signed = { proof: 'signature', signWith } as const

  test('a call arrives, with a body and without, with a query and without', async () => {
    expect(await (await post('/signed?to=bob&note=a%20b', '{"amount":5}', signed)).json()).toMatchObject({
      body: '{"amount":5}',
    })
    const got = await client.fetch(`${api.url}/signed`, { resource: audience, ...signed })
    expect([got.status, await got.json()]).toMatchObject([200, { body: '' }])
  })

  test('another amount on the way is refused', async () => {
    meddle.request = (_url, init) => (init.body = '{"amount":500}')
    expect(await codeOf(await post('/signed', '{"amount":5}', signed))).toBe('digest_mismatch')
  })

  test('another receiver on the way is refused', async () => {
    meddle.request = (url) => url.searchParams.set('to', 'mallory')
    expect(await codeOf(await post('/signed?to=bob', 'x', signed))).toBe('signature_invalid')
  })
})

describe('sealed', () => {
  for (const { name, body } of [
    { name: 'JSON', body: '{"card":"4111 1111"}' },
    { name: 'text', body: 'a secret, in ünïcode' },
    { name: 'an empty body', body: '' },
    { name: 'half a mebibyte', body: 'x'.repeat(512 * 1024) },
  ]) {
    test(`${name} arrives and comes back, and nobody on the line reads it`, async () => {
      const answer = await post('/sealed', body, { sealed: true })
      expect(answer.status).toBe(200)
      expect(await answer.json()).toMatchObject({ body })
      expect(answer.headers.get('content-type')).toBe('application/json')
      expect(read).toMatch(/^eyJ/)
      expect(read).not.toContain('subject')
      if (body !== '') expect(read).not.toContain(body)
    })
  }

  test('a GET is sealed too, and its answer', async () => {
    const answer = await client.fetch(`${api.url}/sealed?of=march`, { sealed: true, resource: audience })
    expect([answer.status, await answer.json()]).toMatchObject([200, { body: '' }])
    expect(read).not.toContain('subject')
  })

  test('bytes of every kind arrive as they are', async () => {
    const body = Uint8Array.from({ length: 256 }, (_, index) => index)
    const answer = await post('/sealed', body, { sealed: true })
    expect(await answer.json()).toMatchObject({ base64: Buffer.from(body).toString('base64') })
  })

  test('a clear call is refused by the guard, and its refusal is passed on', async () => {
    expect(await codeOf(await post('/sealed', 'x'))).toBe('sealed_required')
  })

  test('a changed body is refused by the guard', async () => {
    meddle.request = (_url, init) => {
      const jwe = new TextDecoder().decode(init.body as Uint8Array)
      init.body = `${jwe.slice(0, -4)}AAAA`
    }
    expect(await codeOf(await post('/sealed', 'x', { sealed: true }))).toBe('sealed_decryption_failed')
  })

  test('success that somebody makes up in the clear is none: sealed_answer_clear', async () => {
    meddle.answer = () => Response.json({ paid: true })
    await expect(post('/sealed', 'x', { sealed: true })).rejects.toMatchObject({ code: 'sealed_answer_clear' })
  })

  test('the answer to another call, or another status, is refused: sealed_answer_refused', async () => {
    let kept: Response | undefined
    meddle.answer = (answer) => (kept = answer).clone()
    await post('/sealed', 'one', { sealed: true })
    meddle.answer = () => kept!
    await expect(post('/sealed', 'two', { sealed: true })).rejects.toMatchObject({ code: 'sealed_answer_refused' })
    meddle.answer = ({ body, headers }) => new Response(body, { status: 402, headers })
    await expect(post('/sealed', 'x', { sealed: true })).rejects.toMatchObject({ code: 'sealed_answer_refused' })
  })
})

test('all demands at once: sealed, signed, proven, once', async () => {
  const options = { sealed: true, proof: 'signature', singleUse: true } as const
  for (const signWith of ['proof-key', 'session-key'] as const) {
    const answer = await post('/all', '{"amount":5}', { ...options, signWith })
    expect(await answer.json()).toMatchObject({ body: '{"amount":5}' })
  }
})

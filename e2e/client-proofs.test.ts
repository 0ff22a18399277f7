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
      '/proven': { proof: ['dpop', 'signature'] },
      '/both': { proof: ['dpop', 'signature'], sealed: true },
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
  const answer = await post('/all', '{"amount":5}', options)
  expect(await answer.json()).toMatchObject({ body: '{"amount":5}' })
  // The proof is of a key, and so must the signature be.
  const cheaper = await post('/all', '{"amount":5}', { ...options, signWith: 'session-key' })
  expect(await codeOf(cheaper)).toBe('signature_algorithm_refused')
})

test('sealed in a field and signed: the seal of another call in its place is refused', async () => {
  const options = { sealed: true, proof: 'signature', resource: audience } as const
  let kept = ''
  meddle.request = (_url, { headers }) => {
    kept = (headers as Headers).get('sealed-request') ?? ''
    throw new TypeError('never delivered')
  }
  await expect(client.fetch(`${api.url}/both?of=march`, options)).rejects.toMatchObject({ code: 'network_failed' })
  meddle.request = (_url, { headers }) => (headers as Headers).set('sealed-request', kept)
  expect(await codeOf(await client.fetch(`${api.url}/both?of=march`, options))).toBe('signature_invalid')
  meddle = {}
  expect((await client.fetch(`${api.url}/both?of=march`, options)).status).toBe(200)
})

describe('whoever delivers a call, keeps its answer and says that it was refused', () => {
  const challenge = (error: string, headers: Readonly<Record<string, string>>): Response =>
    Response.json({}, { status: 401, headers: { 'www-authenticate': `DPoP error="${error}"`, ...headers } })
  let forged: number
  /** Says so once. */
  const keepAnswer = (error: string, headers: () => Readonly<Record<string, string>>): void => {
    meddle.answer = (answer) => (answer.ok && forged++ === 0 ? challenge(error, headers()) : answer)
  }
  const askForNonce = (): void => keepAnswer('use_dpop_nonce', () => ({ 'dpop-nonce': `made-up-${nth}` }))
  const handled = (path: string): number => api.handled.filter((one) => one === `POST ${path}`).length
  let nth = 0
  beforeEach(() => {
    forged = 0
    nth++
  })

  for (const { path, options } of [
    { path: '/proven', options: { proof: 'signature' } },
    { path: '/signed', options: { proof: 'signature', signWith: 'session-key' } },
    { path: '/sealed', options: { sealed: true } },
    { path: '/both', options: { proof: 'signature', sealed: true } },
  ] as const) {
    test(`for want of a nonce, gets one payment, and the caller is told to look: ${JSON.stringify(options)}`, async () => {
      const before = handled(path)
      askForNonce()
      await expect(post(path, '{"amount":5}', options)).rejects.toMatchObject({
        code: 'request_not_repeated',
        message: expect.stringContaining('nobody knows'),
      })
      expect([handled(path) - before, forged]).toEqual([1, 1])
    })
  }

  test('for want of a nonce, cannot have it count as another by its Idempotency-Key', async () => {
    const before = handled('/proven')
    const sent: (string | null)[] = []
    askForNonce()
    meddle.request = (_url, { headers }) => {
      sent.push((headers as Headers).get('idempotency-key'))
      if (forged > 0) (headers as Headers).set('idempotency-key', 'another')
    }
    const options = { proof: 'signature', headers: { 'idempotency-key': `order-${nth}` } } as const
    expect(await codeOf(await post('/proven', '{"amount":5}', options))).toBe('signature_invalid')
    expect([sent, handled('/proven') - before]).toEqual([[`order-${nth}`, `order-${nth}`], 1])
  })

  for (const { path, options } of [
    { path: '/proven', options: { proof: 'signature' } },
    { path: '/sealed', options: { sealed: true, headers: { 'idempotency-key': 'order' } } },
  ] as const) {
    test(`for its clock, gets one payment: ${JSON.stringify(options)}`, async () => {
      const before = handled(path)
      // Further off than any test before has said.
      const date = (): string => new Date(Date.now() + (60 + 10 * nth) * 1000).toUTCString()
      keepAnswer('invalid_request', () => ({ date: date() }))
      await expect(post(path, '{"amount":5}', options)).rejects.toMatchObject({
        code: 'request_not_repeated',
        message: expect.stringContaining('anybody on the way'),
      })
      expect([handled(path) - before, forged]).toEqual([1, 1])
      // The API's own clock again.
      meddle = {}
      await client.fetch(`${api.url}/signed`, { resource: audience })
    })
  }
})

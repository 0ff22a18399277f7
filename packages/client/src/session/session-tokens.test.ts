import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { audience, json, noon, refusal, setUp, tokens } from '../client.fixture.ts'
import type { Sent } from '../client.fixture.ts'
import { sessionName } from '../storage/client-storage.ts'
import { sessionWithToken } from './session-tokens.ts'

const plain = { singleUse: false, sessionKeys: false }
const lost = (): never => {
  throw new TypeError('fetch failed')
}
/** Answers one after the other. */
const inTurn = (...answers: (() => Response)[]) => {
  const left = answers.values()
  return () => (left.next().value ?? lost)()
}

test('a token that is good is used again', async () => {
  const { storage, wire, addSession, sent } = setUp({})
  const session = await addSession()
  expect((await sessionWithToken(session, plain, storage, wire)).accessToken.text).toBe('at-1')
  expect(sent).toEqual([])
})

test('shortly before its end another is bought, with a proof, and kept with the next refresh token', async () => {
  const { storage, wire, addSession, sent, state } = setUp({ 'POST /oauth/token': () => tokens() })
  const session = await addSession()
  state.now = noon + 291
  expect((await sessionWithToken(session, plain, storage, wire)).accessToken.text).toBe('at-2')
  expect(Object.fromEntries(sent[0]!.form)).toEqual({
    client_id: 'app',
    grant_type: 'refresh_token',
    refresh_token: 'rt-1',
    resource: audience,
  })
  expect(decodeJwt(sent[0]!.headers.get('dpop') ?? '')).toMatchObject({
    htm: 'POST',
    htu: 'https://id.example/oauth/token',
    iat: state.now,
  })
  const kept = await storage.read(sessionName(session))
  expect(kept).toMatchObject({ refreshToken: 'rt-2', accessToken: { text: 'at-2', expiresAt: state.now + 300 } })
})

test('of many who need one at once, one buys it', async () => {
  const { storage, wire, addSession, sent, state } = setUp({ 'POST /oauth/token': () => tokens() })
  const session = await addSession()
  state.now = noon + 300
  const got = await Promise.all(Array.from({ length: 20 }, () => sessionWithToken(session, plain, storage, wire)))
  expect(new Set(got.map(({ accessToken }) => accessToken.text))).toEqual(new Set(['at-2']))
  expect(sent).toHaveLength(1)
})

test('a token that was refused as expired is not used again, whatever its time says', async () => {
  const { storage, wire, addSession } = setUp({ 'POST /oauth/token': () => tokens() })
  const session = await addSession()
  expect((await sessionWithToken(session, { ...plain, not: 'at-1' }, storage, wire)).accessToken.text).toBe('at-2')
})

test('a single-use token is bought for each call; the other one is kept', async () => {
  let count = 1
  const { storage, wire, addSession, sent } = setUp({
    'POST /oauth/token': () => tokens({ access_token: `once-${(count += 1)}`, refresh_token: `rt-${count}` }),
  })
  const session = await addSession()
  const once = { ...plain, singleUse: true }
  const got = await Promise.all([1, 2].map(() => sessionWithToken(session, once, storage, wire)))
  expect(got.map(({ accessToken }) => accessToken.text)).toEqual(['once-2', 'once-3'])
  expect(sent.map(({ form }) => [form.get('single_use'), form.get('refresh_token')])).toEqual([
    ['true', 'rt-1'],
    ['true', 'rt-2'],
  ])
  expect(await storage.read(sessionName(session))).toMatchObject({
    refreshToken: 'rt-3',
    accessToken: { text: 'at-1' },
  })
})

test('session keys are asked for where they are needed and not there yet', async () => {
  const given = {
    sig: Buffer.alloc(32).toString('base64url'),
    'seal-req': Buffer.alloc(64).toString('base64url'),
    'seal-res': Buffer.alloc(64).toString('base64url'),
  }
  const { storage, wire, addSession, sent } = setUp({ 'POST /oauth/token': () => tokens({ session_keys: given }) })
  const session = await addSession()
  const needs = { ...plain, sessionKeys: true }
  const first = await sessionWithToken(session, needs, storage, wire)
  expect(first.accessToken.sessionKeys?.signing.extractable).toBe(false)
  expect((await sessionWithToken(first, needs, storage, wire)).accessToken.text).toBe('at-2')
  expect(sent.map(({ form }) => form.get('session_keys'))).toEqual(['true'])
})

describe('nonces and clocks', () => {
  test('a nonce that is asked for is given at once, and from then on', async () => {
    const nonce = { 'dpop-nonce': 'n-1' }
    const { storage, wire, addSession, sent } = setUp({
      'POST /oauth/token': inTurn(() => refusal('use_dpop_nonce', { headers: nonce }), tokens, tokens),
    })
    const session = await addSession()
    const once = { ...plain, singleUse: true }
    await sessionWithToken(session, once, storage, wire)
    await sessionWithToken(session, once, storage, wire)
    const proofs = sent.map(({ headers }) => decodeJwt(headers.get('dpop') ?? ''))
    expect(proofs.map((proof) => proof['nonce'])).toEqual([undefined, 'n-1', 'n-1'])
    expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(3)
  })

  test('a server that asks for the nonce that it got is not asked a third time: token_refused', async () => {
    const ask = () => refusal('use_dpop_nonce', { headers: { 'dpop-nonce': 'n-1' } })
    const { storage, wire, addSession, sent } = setUp({ 'POST /oauth/token': ask })
    const session = await addSession()
    await expect(sessionWithToken(session, { ...plain, not: 'at-1' }, storage, wire)).rejects.toMatchObject({
      code: 'token_refused',
      serverCode: 'use_dpop_nonce',
    })
    expect(sent).toHaveLength(2)
  })

  test('a proof that was refused for its time is made again by the clock of the server', async () => {
    const date = new Date((noon + 3600) * 1000).toUTCString()
    const { storage, wire, addSession, sent } = setUp({
      'POST /oauth/token': inTurn(() => refusal('invalid_dpop_proof', { headers: { date } }), tokens),
    })
    const session = await addSession()
    await sessionWithToken(session, { ...plain, not: 'at-1' }, storage, wire)
    const times = sent.map(({ headers }) => decodeJwt(headers.get('dpop') ?? '').iat)
    expect(times).toEqual([noon, noon + 3600])
    const [kept] = await storage.list()
    expect(kept?.accessToken.issuerAheadSeconds).toBe(3600)
  })
})

describe('when the answer is lost', () => {
  const needs = { ...plain, not: 'at-1' }

  test('the same refresh token is sent once more, with a new proof', async () => {
    const { storage, wire, addSession, sent } = setUp({ 'POST /oauth/token': inTurn(lost, tokens) })
    const session = await addSession()
    expect((await sessionWithToken(session, needs, storage, wire)).accessToken.text).toBe('at-2')
    expect(sent.map(({ form }) => form.get('refresh_token'))).toEqual(['rt-1', 'rt-1'])
    expect(sent[0]!.headers.get('dpop')).not.toBe(sent[1]!.headers.get('dpop'))
  })

  test('also where it broke off halfway', async () => {
    const broken = () =>
      new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError('terminated')) }))
    const { storage, wire, addSession, sent } = setUp({ 'POST /oauth/token': inTurn(broken, tokens) })
    const session = await addSession()
    await sessionWithToken(session, needs, storage, wire)
    expect(sent).toHaveLength(2)
  })

  test(
    'also where it hangs: it is given up while the second request is still in time',
    { timeout: 30_000 },
    async () => {
      const hung = ({ init: { signal } }: Sent) =>
        new Promise<Response>((_resolve, reject) =>
          signal?.addEventListener('abort', () => reject(signal.reason as Error)),
        )
      const times: number[] = []
      const { storage, wire, addSession } = setUp({
        'POST /oauth/token': (sent) => (times.push(performance.now()) === 1 ? hung(sent) : tokens()),
      })
      const session = await addSession()
      expect((await sessionWithToken(session, needs, storage, wire)).accessToken.text).toBe('at-2')
      expect(times[1]! - times[0]!).toBeLessThan(8_000)
    },
  )

  test('and no more than that: network_failed, and the session is kept', async () => {
    const { storage, wire, addSession, sent } = setUp({})
    const session = await addSession()
    await expect(sessionWithToken(session, needs, storage, wire)).rejects.toMatchObject({ code: 'network_failed' })
    expect(sent).toHaveLength(2)
    expect(await storage.read(sessionName(session))).toMatchObject({ refreshToken: 'rt-1' })
  })

  test('not after ten seconds, when the server would take it for a theft', async () => {
    const { storage, wire, addSession, sent, state } = setUp({
      'POST /oauth/token': () => {
        state.now += 9
        return lost()
      },
    })
    const session = await addSession()
    await expect(sessionWithToken(session, needs, storage, wire)).rejects.toMatchObject({ code: 'network_failed' })
    expect(sent).toHaveLength(1)
  })
})

describe('refusals', () => {
  const needs = { ...plain, not: 'at-1' }

  test('a refresh token that is good no more: session_ended, and nothing is left of it', async () => {
    const { storage, wire, addSession } = setUp({ 'POST /oauth/token': () => refusal('invalid_grant') })
    const session = await addSession()
    await expect(sessionWithToken(session, needs, storage, wire)).rejects.toMatchObject({
      code: 'session_ended',
      serverCode: 'invalid_grant',
    })
    expect(await storage.list()).toEqual([])
  })

  test('no refresh token at all: session_ended', async () => {
    const { storage, wire, addSession, sent } = setUp({})
    const session = await addSession({ refreshToken: undefined })
    await expect(sessionWithToken(session, needs, storage, wire)).rejects.toMatchObject({ code: 'session_ended' })
    expect([await storage.list(), sent]).toEqual([[], []])
  })

  test('signed out in another tab meanwhile: session_ended', async () => {
    const { storage, wire, addSession, sent } = setUp({})
    const session = await addSession()
    await storage.exclusively('', () => storage.remove(sessionName(session)))
    await expect(sessionWithToken(session, needs, storage, wire)).rejects.toMatchObject({ code: 'session_ended' })
    expect(sent).toEqual([])
  })

  for (const { name, answer, code, more = {} } of [
    { name: 'another refusal', answer: () => refusal('invalid_client', { status: 401 }), code: 'token_refused' },
    {
      name: 'an API without session keys',
      answer: () => refusal('invalid_request'),
      code: 'session_keys_refused',
      more: { sessionKeys: true },
    },
    {
      name: 'a server that is down',
      answer: () => json({ error: 'server_error' }, { status: 503 }),
      code: 'server_failed',
    },
    { name: 'no JSON', answer: () => new Response('<html>'), code: 'answer_malformed' },
    { name: 'no error in a refusal', answer: () => new Response('no', { status: 404 }), code: 'answer_malformed' },
    {
      name: 'no token',
      answer: () => tokens({ access_token: undefined as unknown as string }),
      code: 'answer_malformed',
    },
    { name: 'an unknown token type', answer: () => tokens({ token_type: 'mac' }), code: 'answer_malformed' },
    { name: 'no lifetime', answer: () => tokens({ expires_in: '300' }), code: 'answer_malformed' },
    {
      name: 'session keys of another length',
      answer: () => tokens({ session_keys: { sig: 'AAAA' } }),
      code: 'answer_malformed',
    },
    { name: 'session keys that are null', answer: () => tokens({ session_keys: null }), code: 'answer_malformed' },
    { name: 'session keys that are no text', answer: () => tokens({ session_keys: 'none' }), code: 'answer_malformed' },
  ]) {
    test(`${name}: ${code}, and the session is kept`, async () => {
      const { storage, wire, addSession } = setUp({ 'POST /oauth/token': answer })
      const session = await addSession()
      const got = sessionWithToken(session, { ...needs, ...more }, storage, wire)
      await expect(got).rejects.toMatchObject({ name: 'ClientError', code })
      expect(await storage.list()).toHaveLength(1)
    })
  }
})

import { dpopNonces, GuardError, memoryReplayStore, spendId } from '@countersign/guard'
import type { ReplayStore } from '@countersign/guard'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openStore } from '../store/open-store.ts'
import type { Store } from '../store/records.ts'
import { sharedReplayStore } from '../store/shared-replay-store.ts'
import { createDpopVerification } from './dpop-verification.ts'
import { dpopKey } from './dpop-proof.fixture.ts'

const htu = 'https://id.example/oauth/token'
const start = Math.floor(Date.now() / 1000)

let store: Store
beforeAll(async () => void (store = await openStore({ memory: true })))
afterAll(() => store.close())

interface Sent {
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: Readonly<Record<string, string>>
}

const sharedReplay = (clock: () => number): ReplayStore => sharedReplayStore(store.spentIds, clock)

async function setUp(makeReplay = sharedReplay) {
  let now = start
  const clock = () => now
  const nonces = dpopNonces(new Uint8Array(32), clock)
  const replay = makeReplay(clock)
  const counted: string[] = []
  const refusals = { count: (reason: string) => void counted.push(reason) }
  const verify = createDpopVerification({ issuer: 'https://id.example', nonces, replay, clock, refusals })
  const key = await dpopKey()
  const verifyProof = async (
    claims: Record<string, unknown>,
    more: Sent = {},
    authenticate = async () => 'app',
  ): Promise<string | undefined> => {
    const headers = { authorization: 'Basic …', dpop: await key.makeProof(htu, { claims }), ...more.headers }
    const request = { method: 'POST', routeOptions: { url: '/oauth/token' }, ...more, headers }
    // What is read of the two, and written.
    const reply = { header: () => reply }
    const sender = [request as unknown as FastifyRequest, reply as unknown as FastifyReply] as const
    const { caller, jkt } = await verify(...sender, authenticate)
    expect(caller).toBe('app')
    return jkt
  }
  return { key, nonces, counted, verifyProof, pass: (seconds: number) => void (now += seconds) }
}

test('a proof is taken once, without a nonce, as soon as the server is there', async () => {
  const { key, counted, verifyProof } = await setUp()
  const claims = { iat: start, jti: 'j' }
  await expect(verifyProof(claims)).resolves.toBe(key.jkt)
  await expect(verifyProof(claims)).rejects.toMatchObject({ name: 'OAuthError', code: 'invalid_dpop_proof' })
  expect(counted).toEqual(['dpop_proof_replayed'])
})

test('a proof of who is no client is not spent: nobody unknown causes a write', async () => {
  const { key, counted, verifyProof } = await setUp()
  const claims = { iat: start, jti: 'unknown' }
  const failure = new Error('unknown client')
  await expect(verifyProof(claims, {}, () => Promise.reject(failure))).rejects.toBe(failure)
  expect(counted).toEqual([])
  await expect(verifyProof(claims)).resolves.toBe(key.jkt)
})

test('a proof that is refused is refused before the client is looked at, which has an assertion to lose', async () => {
  const { verifyProof } = await setUp()
  let looked = 0
  const authenticate = async () => `app ${++looked}`
  await expect(verifyProof({ iat: start - 90 }, {}, authenticate)).rejects.toMatchObject({ code: 'invalid_dpop_proof' })
  const origin = { headers: { origin: 'https://app.example' } }
  await expect(verifyProof({}, origin, authenticate)).rejects.toMatchObject({ code: 'use_dpop_nonce' })
  expect(looked).toBe(0)
})

test('a proof that is older than the memory of a replay store is refused', async () => {
  const { counted, verifyProof } = await setUp((clock) => memoryReplayStore({ clock }))
  await expect(verifyProof({ iat: start })).rejects.toMatchObject({ code: 'invalid_dpop_proof' })
  expect(counted).toEqual(['dpop_proof_replayed'])
})

test('where the replay store does not answer, nothing is let through: 503', async () => {
  const failing = (): ReplayStore => ({
    bornAt: 0,
    spend: () => {
      throw new GuardError('replay_store_full', 'the replay store is full')
    },
  })
  const { verifyProof } = await setUp(failing)
  await expect(verifyProof({})).rejects.toMatchObject({
    code: 'temporarily_unavailable',
    status: 503,
    headers: { 'retry-after': '5' },
  })
})

test('a proof stays spent for as long as a guard on the same store may take it, whatever clock skew it allows', async () => {
  let now = start
  const store = memoryReplayStore({ clock: () => now })
  const { key, verifyProof, pass } = await setUp(() => store)
  pass(6)
  const iat = start + 6
  await verifyProof({ iat, jti: 'j' })
  const id = spendId('dpop', key.jkt, 'j')
  now = iat + 60 + 2 * 60 - 1
  expect(store.spend(id, now + 100)).toBe('replayed')
  now += 1
  expect(store.spend(id, now + 100)).toBe('spent')
})

describe('a proof without a nonce, which may have been made long ago in a browser', () => {
  const iat = start + 6
  for (const { name, sent, isTaken } of [
    { name: 'with the credentials of a client', sent: {}, isTaken: true },
    { name: 'with a client secret in the form', sent: { body: { client_secret: 's' } }, isTaken: true },
    { name: 'with a client assertion', sent: { body: { client_assertion: 'a' } }, isTaken: true },
    { name: 'from a page', sent: { headers: { origin: 'https://app.example' } }, isTaken: false },
    { name: 'from nobody in particular', sent: { body: { client_id: 'app' } }, isTaken: false },
  ]) {
    test(`${name} is ${isTaken ? 'taken' : 'refused'}`, async () => {
      const { key, verifyProof, pass, nonces } = await setUp()
      pass(6)
      const more = 'body' in sent ? { ...sent, headers: { authorization: undefined } } : sent
      const verdict = verifyProof({ iat }, more)
      if (isTaken) return expect(verdict).resolves.toBe(key.jkt)
      await expect(verdict).rejects.toMatchObject({ name: 'OAuthError', code: 'use_dpop_nonce' })
      return expect(verifyProof({ iat, nonce: nonces.make() }, more)).resolves.toBe(key.jkt)
    })
  }
})

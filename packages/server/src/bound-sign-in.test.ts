import { hash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dpopKey } from './dpop/dpop-proof.fixture.ts'
import type { DpopKey } from './dpop/dpop-proof.fixture.ts'
import { issuer, password, setUp } from './password-sign-in.fixture.ts'

const htu = `${issuer}/oauth/authorize-challenge`
const annabel = { username: 'annabel', password }
let at: Awaited<ReturnType<typeof setUp>>
let key: DpopKey
let other: DpopKey
beforeAll(async () => {
  at = await setUp()
  key = await dpopKey()
  other = await dpopKey()
})
afterAll(() => at.close())

const prove = (by: DpopKey): Promise<string> => by.makeProof(htu, { claims: { nonce: at.nonces.make() } })

/** What the code is bound to, as the store has it. */
async function boundTo(answer: { readonly body: Readonly<Record<string, unknown>> }): Promise<string | null> {
  const code = String(answer.body['authorization_code'])
  const event = { id: crypto.randomUUID(), at: 0, type: 'test', actor: 'system', address: null, detail: {} }
  const nobody = { userId: null, clientId: null, grantId: null }
  const codeHash = hash('sha256', code, 'base64url')
  const redemption = await at.store.grants.redeemCode(codeHash, at.state.now, { ...event, ...nobody })
  if (redemption.status !== 'redeemed') throw new Error('there is no such code')
  return redemption.code.dpopJkt
}

describe('a code is bound to (RFC 9449 §10)', () => {
  test('the key that dpop_jkt names', async () => {
    expect(await boundTo(await at.challenge({ ...annabel, dpop_jkt: key.jkt }))).toBe(key.jkt)
  })

  test('the key of a proof, and the answer has a nonce', async () => {
    const answer = await at.challenge(annabel, { dpop: await prove(key) })
    expect(await boundTo(answer)).toBe(key.jkt)
    expect(at.nonces.check(String(answer.headers['dpop-nonce']))).toBe(true)
  })

  test('both, if they are the same', async () => {
    const answer = await at.challenge({ ...annabel, dpop_jkt: key.jkt }, { dpop: await prove(key) })
    expect(await boundTo(answer)).toBe(key.jkt)
  })

  test('nothing, if none is named', async () => {
    expect(await boundTo(await at.challenge(annabel))).toBeNull()
  })
})

describe('a sign-in is refused', () => {
  for (const { name, form, makeProof, code } of [
    { name: 'for a dpop_jkt that is no thumbprint', form: { dpop_jkt: 'key' }, code: 'invalid_request' },
    { name: 'for a proof of the token endpoint', makeProof: () => key.makeProof(`${issuer}/oauth/token`) },
    { name: 'for a malformed proof', makeProof: async () => 'proof' },
    {
      name: 'for a dpop_jkt of another key than the proof’s',
      form: { dpop_jkt: 'A'.repeat(43) },
      makeProof: () => prove(key),
    },
  ]) {
    test(name, async () => {
      const headers = makeProof === undefined ? {} : { dpop: await makeProof() }
      const { status, body } = await at.challenge({ ...annabel, ...form }, headers)
      expect([status, body['error']]).toEqual([400, code ?? 'invalid_dpop_proof'])
    })
  }

  test('in a browser, for a proof without a nonce', async () => {
    const origin = { origin: 'https://app.example' }
    const asked = await at.challenge(annabel, { ...origin, dpop: await key.makeProof(htu) })
    expect([asked.status, asked.body['error']]).toEqual([400, 'use_dpop_nonce'])
    const nonce = String(asked.headers['dpop-nonce'])
    const answer = await at.challenge(annabel, { ...origin, dpop: await key.makeProof(htu, { claims: { nonce } }) })
    expect(answer.status).toBe(200)
  })
})

describe('a session that was opened with a key', () => {
  const open = async (): Promise<string> => {
    const { body } = await at.challenge({}, { dpop: await prove(key) })
    return String(body['auth_session'])
  }

  test('goes on with it', async () => {
    const proof = { dpop: await prove(key) }
    expect(await boundTo(await at.challenge({ ...annabel, auth_session: await open() }, proof))).toBe(key.jkt)
  })

  test('does not go on with another, or with none', async () => {
    const headers = [{ dpop: await prove(other) }, {}]
    for (const each of headers) {
      const { status, body } = await at.challenge({ ...annabel, auth_session: await open() }, each)
      expect([status, body['error']]).toEqual([400, 'invalid_session'])
    }
  })
})

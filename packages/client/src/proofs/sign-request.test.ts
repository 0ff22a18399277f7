import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { httpbis } from 'http-message-signatures'
import { calculateJwkThumbprint, UnsecuredJWT } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { utf8 } from '../base64url.ts'
import { makeSession } from '../client.fixture.ts'
import { exportProofJwk, importSessionKeys } from '../crypto.ts'
import type { StoredSession } from '../storage/client-storage.ts'
import { signRequest } from './sign-request.ts'

const now = Math.floor(Date.now() / 1000)
const url = new URL('https://API.example/pay?to=b%6Fb')
const spelled = 'https://api.example/pay?to=bob'
const keyBytes = { signing: new Uint8Array(32).fill(7), sealing: new Uint8Array(64), opening: new Uint8Array(64) }

let session: StoredSession
beforeAll(async () => {
  const made = await makeSession()
  const text = new UnsecuredJWT({ jti: 'token-1' }).encode()
  session = {
    ...made,
    accessToken: { ...made.accessToken, text, sessionKeys: await importSessionKeys(keyBytes, false) },
  }
})

async function sign(signWith: 'proof-key' | 'session-key', text?: string) {
  const headers = new Headers({ authorization: `DPoP ${session.accessToken.text}` })
  const body = text === undefined ? undefined : utf8(text)
  await signRequest({ method: 'POST', url, headers, body, now }, session, signWith)
  return headers
}

/** By an implementation that is not ours. */
function verify(headers: Headers, target = spelled) {
  const keyLookup = async ({ alg }: { readonly alg?: string }) => ({
    verify: async (data: Buffer, signature: Buffer) => {
      if (alg === 'hmac-sha256') {
        return timingSafeEqual(createHmac('sha256', keyBytes.signing).update(data).digest(), signature)
      }
      const { publicKey } = session.proofKey
      return crypto.subtle.verify(
        { name: 'ECDSA', hash: 'SHA-256' },
        publicKey,
        new Uint8Array(signature),
        new Uint8Array(data),
      )
    },
  })
  return httpbis.verifyMessage({ keyLookup }, { method: 'POST', url: target, headers: Object.fromEntries(headers) })
}

describe.each(['proof-key', 'session-key'] as const)('with the %s', (signWith) => {
  test('others verify it, and nothing that it covers can be changed', async () => {
    const headers = await sign(signWith, '{"amount":5}')
    expect(await verify(headers)).toBe(true)
    expect(await verify(headers, `${spelled}&amount=500`)).not.toBe(true)
    for (const name of ['authorization', 'content-digest']) {
      const changed = new Headers(headers)
      changed.set(name, `${headers.get(name) ?? ''}x`)
      expect(await verify(changed), name).not.toBe(true)
    }
  })

  test('its parameters are all there, in their order', async () => {
    const jkt = await calculateJwkThumbprint(await exportProofJwk(session.proofKey))
    const [keyId, alg] = signWith === 'proof-key' ? [jkt, 'ecdsa-p256-sha256'] : ['token-1', 'hmac-sha256']
    const input = (await sign(signWith)).get('signature-input')
    const nonce = /;nonce="([\w-]{43})"/.exec(input ?? '')?.[1] ?? ''
    expect(input).toBe(
      `countersign=("@method" "@target-uri" "authorization");created=${now};expires=${now + 60};nonce="${nonce}";keyid="${keyId}";alg="${alg}";tag="countersign"`,
    )
    expect((await sign(signWith)).get('signature-input')).not.toBe(input)
  })
})

test('a body is covered by its digest (RFC 9530); without one there is none', async () => {
  const digest = createHash('sha256').update('{"amount":5}').digest('base64')
  const headers = await sign('proof-key', '{"amount":5}')
  expect(headers.get('content-digest')).toBe(`sha-256=:${digest}:`)
  expect(headers.get('signature-input')).toContain('"authorization" "content-digest")')
  const bare = await sign('proof-key')
  expect(bare.has('content-digest')).toBe(false)
  expect(await verify(bare)).toBe(true)
})

test('the type of a body is covered too: read as another, the same bytes say something else', async () => {
  const headers = new Headers({ authorization: `DPoP ${session.accessToken.text}`, 'content-type': 'application/json' })
  const outgoing = { method: 'POST', url, headers, body: utf8('{"amount":5,"note":"&amount=500"}'), now }
  await signRequest(outgoing, session, 'proof-key')
  expect(headers.get('signature-input')).toContain('"content-digest" "content-type")')
  expect(await verify(headers)).toBe(true)
  headers.set('content-type', 'application/x-www-form-urlencoded')
  expect(await verify(headers)).not.toBe(true)
})

test.for(['content-encoding', 'idempotency-key', 'sealed-request'])(
  'a field %s is covered, with a body and without',
  async (name) => {
    for (const body of [undefined, utf8('{"amount":5}')]) {
      const headers = new Headers({ authorization: `DPoP ${session.accessToken.text}`, [name]: 'one' })
      await signRequest({ method: 'POST', url, headers, body, now }, session, 'proof-key')
      expect(await verify(headers)).toBe(true)
      headers.set(name, 'another')
      expect(await verify(headers)).not.toBe(true)
    }
  },
)

test('an Idempotency-Key that cannot be signed is the caller’s mistake', async () => {
  const headers = new Headers({ authorization: `DPoP ${session.accessToken.text}`, 'idempotency-key': 'é' })
  const outgoing = { method: 'POST', url, headers, body: undefined, now }
  await expect(signRequest(outgoing, session, 'proof-key')).rejects.toThrow(TypeError)
})

test('without session keys nothing is signed with one: session_keys_refused', async () => {
  const { accessToken } = session
  const without = { ...session, accessToken: { ...accessToken, sessionKeys: undefined } }
  const outgoing = { method: 'GET', url, headers: new Headers(), body: undefined, now }
  await expect(signRequest(outgoing, without, 'session-key')).rejects.toMatchObject({ code: 'session_keys_refused' })
})

test('a token without an ID that can be read signs nothing with a session key: answer_malformed', async () => {
  const opaque = { ...session, accessToken: { ...session.accessToken, text: 'cs_at_x' } }
  const outgoing = { method: 'GET', url, headers: new Headers(), body: undefined, now }
  await expect(signRequest(outgoing, opaque, 'session-key')).rejects.toMatchObject({ code: 'answer_malformed' })
})

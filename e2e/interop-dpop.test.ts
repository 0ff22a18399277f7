/**
 * Client libraries that others wrote prove their requests (RFC 9449) to a real server and to an API behind a guard, which
 * both ask for nonces: the server those of public clients, the API always.
 */

import { randomBytes } from 'node:crypto'
import { calculateThumbprint, generateKeyPair, generateProof } from 'dpop'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi } from './client/api.ts'
import type { Api } from './client/api.ts'
import { buyCode as buyCodeByHand } from './harness/client.ts'
import { alice, buyCode, openInteropStage, orders } from './interop/interop-stage.ts'
import type { InteropStage } from './interop/interop-stage.ts'
import { oauth4webapi } from './interop/oauth4webapi.ts'
import { openidClient } from './interop/openid-client.ts'
import type { PeerClient } from './interop/peer.ts'

let interop: InteropStage
let api: Api
let ordersUrl: URL
beforeAll(async () => {
  interop = await openInteropStage()
  const guarded = { issuer: interop.server.url, audience: orders, dpopNonce: 'required' } as const
  api = await startApi({ '/orders': { scope: 'orders:read', proof: 'dpop' } }, guarded)
  ordersUrl = new URL('/orders?page=1', api.url)
})
afterAll(async () => {
  await api.close()
  await interop.close()
})

for (const peer of [openidClient, oauth4webapi]) {
  describe(peer.name, () => {
    for (const method of ['none', 'client_secret_basic', 'private_key_jwt'] as const) {
      test(`a person, by ${method}: code, userinfo and refresh, all with the same key`, async () => {
        const dpopKey = await generateKeyPair('ES256')
        const client = await peer.discover(interop.issuer, 'oidc', await interop.register(method, { dpopKey }))
        const nonce = randomBytes(16).toString('base64url')
        const thumbprint = await calculateThumbprint(dpopKey.publicKey)
        const { code, codeVerifier } = await buyCode(client, nonce, { dpop_jkt: thumbprint })
        const first = await client.redeem(code, codeVerifier, nonce)
        expect(boundTo(first.accessToken)).toBe(thumbprint)
        expect(await client.userinfo(first.accessToken, interop.subject)).toMatchObject({ email: alice.email })
        const second = await client.refresh(first.refreshToken)
        expect(boundTo(second.accessToken)).toBe(thumbprint)
        expect(await client.userinfo(second.accessToken, interop.subject)).toMatchObject({ sub: interop.subject })
      })
    }

    for (const method of ['client_secret_basic', 'private_key_jwt'] as const) {
      test(`itself, by ${method}: an API takes its token with its proofs, and from nobody else`, async () => {
        const registration = await interop.register(method, { dpopKey: await generateKeyPair('Ed25519') })
        const client = await peer.discover(interop.issuer, 'oauth2', registration)
        const token = await client.clientCredentials(orders)
        for (let call = 0; call < 3; call += 1) expect((await client.call(ordersUrl, token)).status).toBe(200)

        const { dpopKey: _own, ...unproven } = registration
        const dpopKey = await generateKeyPair('Ed25519')
        for (const thief of [unproven, { ...registration, dpopKey }]) {
          const stolen = await peer.discover(interop.issuer, 'oauth2', thief)
          expect(await challengeOf(stolen, token)).toContain('DPoP error="invalid_token"')
        }
      })
    }

    test('a refresh token of a public client works with its key only', async () => {
      const registration = await interop.register('none', { dpopKey: await generateKeyPair('ES256') })
      const client = await peer.discover(interop.issuer, 'oidc', registration)
      const { code, codeVerifier } = await buyCode(client, 'some-nonce')
      const { refreshToken } = await client.redeem(code, codeVerifier, 'some-nonce')
      const dpopKey = await generateKeyPair('ES256')
      const thief = await peer.discover(interop.issuer, 'oidc', { ...registration, dpopKey })
      await expect(thief.refresh(refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' })
    })

    test('a code that is bound to a key is redeemed with that key only', async () => {
      const registration = await interop.register('none', { dpopKey: await generateKeyPair('ES256') })
      const client = await peer.discover(interop.issuer, 'oidc', registration)
      const { publicKey } = await generateKeyPair('ES256')
      const bound = await buyCode(client, 'some-nonce', { dpop_jkt: await calculateThumbprint(publicKey) })
      const attempt = client.redeem(bound.code, bound.codeVerifier, 'some-nonce')
      await expect(attempt).rejects.toMatchObject({ error: 'invalid_grant' })
    })
  })
}

describe('dpop', () => {
  for (const alg of ['ES256', 'Ed25519'] as const) {
    test(`its ${alg} proofs buy a token at the server and are taken with it at an API, with the nonces of each`, async () => {
      const key = await generateKeyPair(alg)
      const tokenUrl = `${interop.server.url}/oauth/token`
      const { id } = await interop.register('none')
      const asked = { client_id: id, resource: orders, scope: 'orders:read' }
      const { code, verifier } = await buyCodeByHand(interop.server.url, alice, asked)
      const form = { grant_type: 'authorization_code', client_id: id, code, code_verifier: verifier }
      const bought = await withNonce(async (nonce) =>
        fetch(tokenUrl, {
          method: 'POST',
          headers: { dpop: await generateProof(key, tokenUrl, 'POST', nonce) },
          body: new URLSearchParams(form),
        }),
      )
      const { access_token: token, token_type: type } = (await bought.json()) as Record<string, string>
      expect([bought.status, type]).toEqual([200, 'DPoP'])
      expect(boundTo(String(token))).toBe(await calculateThumbprint(key.publicKey))

      const called = await withNonce(async (nonce) => {
        const proof = await generateProof(key, `${api.url}/orders`, 'GET', nonce, token)
        return fetch(ordersUrl, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
      })
      expect(called.status).toBe(200)
    })
  }

  test('its proofs by an algorithm that is not announced are refused', async () => {
    const key = await generateKeyPair('RS256')
    const tokenUrl = `${interop.server.url}/oauth/token`
    const headers = { dpop: await generateProof(key, tokenUrl, 'POST') }
    const answer = await fetch(tokenUrl, { method: 'POST', headers, body: new URLSearchParams() })
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([400, 'invalid_dpop_proof'])
  })
})

/** Asks once more where a nonce is wanted, with that nonce. */
async function withNonce(ask: (nonce?: string) => Promise<Response>): Promise<Response> {
  const answer = await ask()
  const nonce = answer.headers.get('dpop-nonce')
  return answer.status === 200 || nonce === null ? answer : ask(nonce)
}

function boundTo(accessToken: string): unknown {
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly cnf?: { readonly jkt?: string }
  }
  return claims.cnf?.jkt
}

/** What a refused call is told. Of the two libraries, one answers it and one throws. */
async function challengeOf(client: PeerClient, token: string): Promise<string | null> {
  try {
    return (await client.call(ordersUrl, token)).headers.get('www-authenticate')
  } catch (error) {
    const { response } = error as { readonly response: Response }
    return response.headers.get('www-authenticate')
  }
}

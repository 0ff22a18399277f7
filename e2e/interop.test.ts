/**
 * Client libraries that others wrote take the discovery documents and do with a real server all that a client does. The
 * code comes from the authorization challenge endpoint, which they do not know; the rest is theirs.
 */

import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'
import type { ServerProcess } from './harness/server-process.ts'
import { oauth4webapi } from './interop/oauth4webapi.ts'
import { openidClient } from './interop/openid-client.ts'
import type { AuthenticationMethod, PeerClient, Registration } from './interop/peer.ts'

const alice = { username: 'alice', password: 'a-long-password-of-hers', email: 'alice@example.com' }
const orders = 'https://orders.example'

let stage: Stage
let server: ServerProcess
let issuer: URL
let subject: string
let clientKeys: CryptoKeyPair

beforeAll(async () => {
  stage = await openStage()
  server = await stage.serve()
  issuer = new URL(server.url)
  clientKeys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  await stage.administer(server.url, async (administration) => {
    subject = (await administration.createUser(alice)).id
    await administration.createApi({ audience: orders, scopes: ['orders:read'] })
  })
})
afterAll(() => stage.close())

for (const peer of [openidClient, oauth4webapi]) {
  describe(peer.name, () => {
    for (const method of ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const) {
      for (const idTokenAlg of ['RS256', 'ES256'] as const) {
        test(`a person, by ${method}: ${idTokenAlg} ID token, userinfo, refresh, introspection, revocation`, async () => {
          const client = await peer.discover(issuer, 'oidc', await register(method, idTokenAlg))
          await waitUntilAssertionsAreTaken(client, method)
          const nonce = randomBytes(16).toString('base64url')
          const { code, codeVerifier } = await buyCode(client, nonce)
          const first = await client.redeem(code, codeVerifier, nonce)
          expect(first.claims).toMatchObject({ iss: server.url, sub: subject, nonce, amr: ['pwd'] })
          expect(await client.userinfo(first.accessToken, subject)).toEqual({
            sub: subject,
            preferred_username: alice.username,
            email: alice.email,
          })

          const second = await client.refresh(first.refreshToken)
          expect(second.refreshToken).not.toBe(first.refreshToken)
          expect(second.claims).toMatchObject({ iss: server.url, sub: subject })
          expect(await client.introspect(second.refreshToken)).toMatchObject({ active: true, sub: subject })

          await client.revoke(second.refreshToken)
          expect(await client.introspect(second.refreshToken)).toEqual({ active: false })
          await expect(client.refresh(second.refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' })
          await expect(client.userinfo(second.accessToken, subject)).rejects.toMatchObject({ status: 401 })
        })
      }

      test(`itself, by ${method}: an access token for an API, introspected and revoked`, async () => {
        const client = await peer.discover(issuer, 'oauth2', await register(method))
        await waitUntilAssertionsAreTaken(client, method)
        const token = await client.clientCredentials(orders)
        expect(await client.introspect(token)).toMatchObject({
          active: true,
          iss: server.url,
          aud: orders,
          scope: 'orders:read',
        })
        await client.revoke(token)
        expect(await client.introspect(token)).toEqual({ active: false })
      })
    }

    test('an ID token with another nonce than was sent is refused', async () => {
      const client = await peer.discover(issuer, 'oidc', await register('client_secret_basic'))
      const { code, codeVerifier } = await buyCode(client, 'the-nonce-that-was-sent')
      await expect(client.redeem(code, codeVerifier, 'another-nonce')).rejects.toThrow(/"?nonce"?|unexpected/)
    })

    test('a wrong secret is told as invalid_client', async () => {
      const registration = await register('client_secret_basic')
      const client = await peer.discover(issuer, 'oauth2', { ...registration, secret: 'guess' })
      await expect(client.clientCredentials(orders)).rejects.toMatchObject({ status: 401 })
    })

    test('a key that is not the client’s own is told as invalid_client', async () => {
      const registration = await register('private_key_jwt')
      const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
      const client = await peer.discover(issuer, 'oauth2', { ...registration, privateKey })
      await expect(client.clientCredentials(orders)).rejects.toMatchObject({ error: 'invalid_client' })
    })
  })
}

async function register(method: AuthenticationMethod, idTokenAlg: 'RS256' | 'ES256' = 'RS256'): Promise<Registration> {
  const publicKey = await crypto.subtle.exportKey('jwk', clientKeys.publicKey)
  const jwks = JSON.stringify({ keys: [{ ...publicKey, alg: 'ES256', key_ops: ['verify'] }] })
  return stage.administer(server.url, async (administration) => {
    const { client, secret } = await administration.createClient({
      name: `${method} ${idTokenAlg}`,
      firstParty: true,
      grants: ['authorization_code', 'refresh_token', 'client_credentials'],
      scopes: ['openid', 'profile', 'email', 'orders:read'],
      audiences: [orders],
      serves: [orders],
      idTokenAlg,
      ...(method === 'private_key_jwt' && { jwks }),
    })
    return { id: client.id, method, secret: secret ?? '', privateKey: clientKeys.privateKey, idTokenAlg }
  })
}

/** A server that has just started cannot tell for some seconds whether an assertion is new, and asks to come again. */
async function waitUntilAssertionsAreTaken(client: PeerClient, method: AuthenticationMethod): Promise<void> {
  if (method === 'private_key_jwt')
    await vi.waitFor(() => client.clientCredentials(orders), { timeout: 15_000, interval: 250 })
}

async function buyCode(client: PeerClient, nonce: string): Promise<{ code: string; codeVerifier: string }> {
  const codeVerifier = randomBytes(32).toString('base64url')
  const headers = new Headers()
  const body = new URLSearchParams({
    response_type: 'code',
    scope: 'openid profile email',
    nonce,
    code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    code_challenge_method: 'S256',
    username: alice.username,
    password: alice.password,
  })
  await client.authenticate(body, headers)
  const answer = await fetch(client.authorizationChallengeEndpoint, { method: 'POST', headers, body })
  expect(answer.status).toBe(200)
  const { authorization_code: code } = (await answer.json()) as { readonly authorization_code: string }
  return { code, codeVerifier }
}

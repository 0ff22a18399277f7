/**
 * Client libraries that others wrote take the discovery documents and do with a real server all that a client does. The
 * code comes from the authorization challenge endpoint, which they do not know; the rest is theirs.
 */

import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { alice, buyCode, openInteropStage, orders } from './interop/interop-stage.ts'
import type { InteropStage } from './interop/interop-stage.ts'
import { oauth4webapi } from './interop/oauth4webapi.ts'
import { openidClient } from './interop/openid-client.ts'

let interop: InteropStage
beforeAll(async () => {
  interop = await openInteropStage()
})
afterAll(() => interop.close())

for (const peer of [openidClient, oauth4webapi]) {
  describe(peer.name, () => {
    for (const method of ['client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const) {
      for (const idTokenAlg of ['RS256', 'ES256'] as const) {
        test(`a person, by ${method}: ${idTokenAlg} ID token, userinfo, refresh, introspection, revocation`, async () => {
          const client = await peer.discover(interop.issuer, 'oidc', await interop.register(method, { idTokenAlg }))
          const nonce = randomBytes(16).toString('base64url')
          const { code, codeVerifier } = await buyCode(client, nonce)
          const first = await client.redeem(code, codeVerifier, nonce)
          expect(first.claims).toMatchObject({ iss: interop.server.url, sub: interop.subject, nonce, amr: ['pwd'] })
          expect(await client.userinfo(first.accessToken, interop.subject)).toEqual({
            sub: interop.subject,
            preferred_username: alice.username,
            email: alice.email,
          })

          const second = await client.refresh(first.refreshToken)
          expect(second.refreshToken).not.toBe(first.refreshToken)
          expect(second.claims).toMatchObject({ iss: interop.server.url, sub: interop.subject })
          expect(await client.introspect(second.refreshToken)).toMatchObject({ active: true, sub: interop.subject })

          await client.revoke(second.refreshToken)
          expect(await client.introspect(second.refreshToken)).toEqual({ active: false })
          await expect(client.refresh(second.refreshToken)).rejects.toMatchObject({ error: 'invalid_grant' })
          await expect(client.userinfo(second.accessToken, interop.subject)).rejects.toMatchObject({ status: 401 })
        })
      }

      test(`itself, by ${method}: an access token for an API, introspected and revoked`, async () => {
        const client = await peer.discover(interop.issuer, 'oauth2', await interop.register(method))
        const token = await client.clientCredentials(orders)
        expect(await client.introspect(token)).toMatchObject({
          active: true,
          iss: interop.server.url,
          aud: orders,
          scope: 'orders:read',
        })
        await client.revoke(token)
        expect(await client.introspect(token)).toEqual({ active: false })
      })
    }

    test('an ID token with another nonce than was sent is refused', async () => {
      const client = await peer.discover(interop.issuer, 'oidc', await interop.register('client_secret_basic'))
      const { code, codeVerifier } = await buyCode(client, 'the-nonce-that-was-sent')
      await expect(client.redeem(code, codeVerifier, 'another-nonce')).rejects.toThrow(/"?nonce"?|unexpected/)
    })

    test('a wrong secret is told as invalid_client', async () => {
      const registration = await interop.register('client_secret_basic')
      const client = await peer.discover(interop.issuer, 'oauth2', { ...registration, secret: 'guess' })
      await expect(client.clientCredentials(orders)).rejects.toMatchObject({ status: 401 })
    })

    test('a key that is not the client’s own is told as invalid_client', async () => {
      const registration = await interop.register('private_key_jwt')
      const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
      const client = await peer.discover(interop.issuer, 'oauth2', { ...registration, privateKey })
      await expect(client.clientCredentials(orders)).rejects.toMatchObject({ error: 'invalid_client' })
    })
  })
}

/**
 * Client libraries that others wrote authenticate by certificates (RFC 8705) to a real server that speaks TLS, and call an
 * API behind a guard with tokens that are bound to them.
 */

import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createGuard } from '@countersign/guard'
import type { Guard } from '@countersign/guard'
import { guarded } from '@countersign/guard/node-http'
import { generateKeyPair } from 'dpop'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeAuthority, selfSign } from './harness/certificates.ts'
import type { Authority, Identity } from './harness/certificates.ts'
import { openStage } from './harness/stage.ts'
import type { Stage } from './harness/stage.ts'
import { httpsFetch } from './interop/https-fetch.ts'
import { oauth4webapi } from './interop/oauth4webapi.ts'
import { openidClient } from './interop/openid-client.ts'
import type { Registration } from './interop/peer.ts'

const orders = 'https://orders.example'
type Method = 'tls_client_auth' | 'self_signed_tls_client_auth'

let stage: Stage
let authority: Authority
let issuer: URL
let api: Server
let guard: Guard
let ordersUrl: URL
beforeAll(async () => {
  stage = await openStage()
  authority = await makeAuthority()
  const own = await authority.issue('CN=127.0.0.1', 'server')
  const files = { 'tls-cert': own.cert, 'tls-key': own.key, 'tls-client-ca': authority.cert }
  const flags: string[] = []
  for (const [name, text] of Object.entries(files)) {
    const path = join(stage.folder, `${name}.pem`)
    await writeFile(path, text)
    flags.push(`--${name}`, path)
  }
  const server = await stage.serve({ flags })
  issuer = new URL(server.url)
  expect(issuer.protocol).toBe('https:')
  await stage.administer(server.url, (administration) =>
    administration.createApi({ audience: orders, scopes: ['orders:read'] }),
  )

  guard = createGuard({
    ...{ issuer: server.url, audience: orders },
    fetch: httpsFetch({ ca: authority.cert }) as unknown as typeof fetch,
  })
  const route = guarded(guard, { proof: 'mtls' }, (_request, response, { clientId }) => response.end(clientId))
  // It takes whatever certificate comes: the token says which one it must be.
  api = createServer({ ...own, requestCert: true, rejectUnauthorized: false }, (request, response) => {
    void route(request, response)
  })
  api.listen(0, '127.0.0.1')
  await once(api, 'listening')
  ordersUrl = new URL(`https://127.0.0.1:${(api.address() as AddressInfo).port}/orders`)
})
afterAll(async () => {
  guard.close()
  api.closeAllConnections()
  api.close()
  await stage.close()
})

for (const peer of [openidClient, oauth4webapi]) {
  describe(peer.name, () => {
    for (const method of ['tls_client_auth', 'self_signed_tls_client_auth'] as const) {
      test(`by ${method}: a token that is bound to the certificate, and taken with it alone`, async () => {
        const identity = await makeIdentity(method)
        const registration = await register(method, identity)
        const client = await peer.discover(issuer, 'oauth2', registration)
        const token = await client.clientCredentials(orders)
        expect(confirmationOf(token)).toEqual({ 'x5t#S256': identity.thumbprint })
        expect(await client.introspect(token)).toMatchObject({ active: true, cnf: { 'x5t#S256': identity.thumbprint } })
        const answer = await client.call(ordersUrl, token)
        expect([answer.status, await answer.text()]).toEqual([200, registration.id])

        const asked = { headers: { authorization: `Bearer ${token}` }, method: 'GET' }
        for (const [thief, code] of [
          [{}, 'certificate_required'],
          [await makeIdentity(method), 'certificate_mismatch'],
        ] as const) {
          const refused = await httpsFetch({ ca: authority.cert, ...thief })(ordersUrl.href, asked)
          expect([refused.status, await refused.json()]).toEqual([401, expect.objectContaining({ code })])
        }
      })

      test(`by ${method}: nobody else's certificate will do`, async () => {
        const registration = await register(method, await makeIdentity(method))
        for (const identity of [undefined, await selfSign('CN=till'), await authority.issue('CN=bill', 'client')]) {
          const fetch = httpsFetch({ ca: authority.cert, ...identity })
          const client = await peer.discover(issuer, 'oauth2', { ...registration, fetch })
          await expect(client.clientCredentials(orders)).rejects.toMatchObject({ error: 'invalid_client' })
        }
      })
    }

    test('by a certificate and with a DPoP key: the token is bound to both', async () => {
      const identity = await makeIdentity('tls_client_auth')
      const registration = await register('tls_client_auth', identity)
      const dpopKey = await generateKeyPair('ES256')
      const client = await peer.discover(issuer, 'oauth2', { ...registration, dpopKey })
      expect(confirmationOf(await client.clientCredentials(orders))).toEqual({
        jkt: expect.any(String),
        'x5t#S256': identity.thumbprint,
      })
    })
  })
}

function makeIdentity(method: Method): Promise<Identity> {
  return method === 'tls_client_auth' ? authority.issue('O=Shop, CN=till', 'client') : selfSign('CN=till')
}

async function register(method: Method, identity: Identity): Promise<Registration> {
  const proof = method === 'tls_client_auth' ? { tlsSubject: 'CN=till,O=Shop' } : { certificates: [identity.cert] }
  const { id } = await stage.administer(issuer.origin, async (administration) => {
    const named = { name: 'Till', grants: ['client_credentials'], scopes: ['orders:read'] }
    return (await administration.createClient({ ...named, audiences: [orders], serves: [orders], ...proof })).client
  })
  const { privateKey } = await generateKeyPair('ES256')
  const fetch = httpsFetch({ ca: authority.cert, cert: identity.cert, key: identity.key })
  return { id, method, secret: '', privateKey, idTokenAlg: 'RS256', fetch }
}

function confirmationOf(token: string): unknown {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
    readonly cnf?: unknown
  }
  return claims.cnf
}

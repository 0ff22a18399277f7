/** The stage of the interoperability stories: a server, alice, and clients as their developers know them. */

import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { openStage } from '../harness/stage.ts'
import type { Stage } from '../harness/stage.ts'
import type { ServerProcess } from '../harness/server-process.ts'
import type { AuthenticationMethod, PeerClient, Registration } from './peer.ts'

export const alice = { username: 'alice', password: 'a-long-password-of-hers', email: 'alice@example.com' }
export const orders = 'https://orders.example'

export interface InteropStage {
  readonly stage: Stage
  readonly server: ServerProcess
  readonly issuer: URL
  /** That of alice. */
  readonly subject: string
  register(method: AuthenticationMethod, more?: Partial<Registration>): Promise<Registration>
  close(): Promise<void>
}

export async function openInteropStage(): Promise<InteropStage> {
  const stage = await openStage()
  const server = await stage.serve()
  const subject = await stage.administer(server.url, async (administration) => {
    await administration.createApi({ audience: orders, scopes: ['orders:read'] })
    return (await administration.createUser(alice)).id
  })
  const clientKeys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  const publicKey = await crypto.subtle.exportKey('jwk', clientKeys.publicKey)
  const jwks = JSON.stringify({ keys: [{ ...publicKey, alg: 'ES256', key_ops: ['verify'] }] })

  return {
    ...{ stage, server, subject, issuer: new URL(server.url) },
    register: (method, more = {}) =>
      stage.administer(server.url, async (administration) => {
        const { idTokenAlg = 'RS256' } = more
        const isPublic = method === 'none'
        const { client, secret } = await administration.createClient({
          name: `${method} ${idTokenAlg}`,
          firstParty: true,
          public: isPublic,
          grants: ['authorization_code', 'refresh_token', ...(isPublic ? [] : ['client_credentials'])],
          scopes: ['openid', 'profile', 'email', 'orders:read'],
          audiences: [orders],
          ...(!isPublic && { serves: [orders] }),
          idTokenAlg,
          ...(method === 'private_key_jwt' && { jwks }),
        })
        const { privateKey } = clientKeys
        return { id: client.id, method, secret: secret ?? '', privateKey, idTokenAlg, ...more }
      }),
    close: () => stage.close(),
  }
}

/** Buys a code with alice's password. `more` adds parameters. */
export async function buyCode(
  client: PeerClient,
  nonce: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: string; readonly codeVerifier: string }> {
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
    ...more,
  })
  await client.authenticate(body, headers)
  const answer = await fetch(client.authorizationChallengeEndpoint, { method: 'POST', headers, body })
  expect(answer.status).toBe(200)
  const { authorization_code: code } = (await answer.json()) as { readonly authorization_code: string }
  return { code, codeVerifier }
}

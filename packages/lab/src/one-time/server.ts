/**
 * The server of `one-time`: strict claims, and each token works once.
 *
 * Anyone may ask for a token, since how users prove who they are is not this system's subject. What a presented token
 * must meet is `checks.ts`'s concern, what is remembered of it is the store's.
 */

import { randomUUID } from 'node:crypto'
import { signJwt } from '@countersign/tokens'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { lifetimeFrom } from '../token-lifetime.ts'
import { HttpRefusal } from '../wire/http-refusal.ts'
import { startHttpServer } from '../wire/http-server.ts'
import type { HttpRoutes } from '../wire/http-server.ts'
import { oneTimeChecks } from './checks.ts'
import type { OneTimeChecks } from './checks.ts'
import { redisTokenStore } from './redis-token-store.ts'
import { readOneTimeSettings } from './settings.ts'
import type { OneTimeSettings } from './settings.ts'
import { hashToken } from './token-hash.ts'
import { memoryTokenStore } from './token-store.ts'
import type { TokenStore } from './token-store.ts'

export async function startOneTimeServer(
  options: ServerOptions,
  checks: OneTimeChecks = oneTimeChecks,
): Promise<RunningServer> {
  const settings = readOneTimeSettings(options)
  const { redisUrl, now } = settings
  const store = redisUrl === undefined ? memoryTokenStore(now) : await redisTokenStore(redisUrl, now)
  const server = await startHttpServer(oneTimeRoutes(settings, store, checks), options)
  return {
    ...server,
    warnings: settings.warnings,
    close: async () => {
      await server.close()
      await store.close()
    },
  }
}

function oneTimeRoutes(settings: OneTimeSettings, store: TokenStore, checks: OneTimeChecks): HttpRoutes {
  const { key, issuer, audience, lifetimeSeconds, now } = settings

  async function issueToken(user: string): Promise<object> {
    const { issuedAt, expiresAt } = lifetimeFrom(now(), lifetimeSeconds)
    const jti = randomUUID()
    const claims = { sub: user, jti, iss: issuer, aud: audience, iat: issuedAt, nbf: issuedAt, exp: expiresAt }
    const token = signJwt(claims, key)
    await store.keep({ jti, user, hash: await hashToken(token), expiresAt })
    return { access_token: token, token_type: 'Bearer', expires_in: lifetimeSeconds }
  }

  return {
    '/health': { GET: () => ({ status: 200, body: { status: 'ok' } }) },
    '/request-token': {
      POST: async ({ field }) => ({ status: 200, body: await issueToken(parseUserId(field('user_id'))) }),
    },
    '/secure-data': {
      GET: async ({ authorization }) => {
        const token = checks.header(authorization)
        const claims = checks.signature(token, key)
        const presented = { token, claims, now: now(), issuer, audience, store }
        for (const check of Object.values(checks.claims)) await check(presented)
        return { status: 200, body: { message: 'Access granted', user: claims.sub, jti: claims.jti } }
      },
    },
  }
}

function parseUserId(userId = ''): string {
  if (userId === '') throw new HttpRefusal(400, 'user_id is required')
  if (Array.from(userId).length > 128) throw new HttpRefusal(400, 'user_id is too long')
  return userId
}

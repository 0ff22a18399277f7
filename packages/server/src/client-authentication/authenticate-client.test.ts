import { GuardError, memoryReplayStore, spendId } from '@countersign/guard'
import type { ReplayStore } from '@countersign/guard'
import type { FastifyRequest } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import type { CryptoKey, JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createClientAuthentication } from './authenticate-client.ts'
import type { AuthenticatedClient } from './authenticate-client.ts'
import { jwtBearer } from './client-credentials.ts'
import { basic, issuer, startOAuthEndpoint } from './oauth-endpoint.fixture.ts'
import type { Answer, OAuthEndpoint } from './oauth-endpoint.fixture.ts'

let at: OAuthEndpoint
beforeAll(async () => {
  at = await startOAuthEndpoint((app, { authenticateClient }) =>
    app.post('/oauth/whoami', async (request) => ({ id: (await authenticateClient(request)).client.id })),
  )
})
afterAll(() => at.close())

const whoami = (form: Readonly<Record<string, string>>, headers = {}): Promise<Answer> =>
  at.post('/oauth/whoami', form, headers)

describe('a client is known by', () => {
  test('its id alone, if it is public', async () => {
    const { id } = await at.addClient()
    expect((await whoami({ client_id: id })).body).toEqual({ id })
  })

  test('its secret, in the header or the form (RFC 6749 §2.3.1)', async () => {
    const { client, secret } = await at.addConfidentialClient()
    expect((await whoami({}, basic(client.id, secret))).body).toEqual({ id: client.id })
    expect((await whoami({ client_id: client.id, client_secret: secret })).body).toEqual({ id: client.id })
  })
})

describe('is refused with 401, one answer for all', () => {
  const wrong = { error: 'invalid_client', error_description: 'client authentication failed' }

  test('an unknown client, a wrong secret, and a public client with a secret', async () => {
    const { client } = await at.addConfidentialClient()
    const open = await at.addClient()
    for (const clientId of [client.id, open.id, 'unknown']) {
      const { status, headers, body } = await whoami({ client_id: clientId, client_secret: 'guess' })
      expect([status, body]).toEqual([401, wrong])
      expect(headers).not.toHaveProperty('www-authenticate')
    }
    expect(at.counted.filter((reason) => reason === 'client.unauthenticated').length).toBeGreaterThanOrEqual(3)
  })

  test('with a challenge where the header was used (RFC 6749 §5.2)', async () => {
    const { status, headers, body } = await whoami({}, basic('unknown', 'guess'))
    expect([status, body]).toEqual([401, wrong])
    expect(headers['www-authenticate']).toMatch(/^Basic /)
  })

  test('a confidential client that only says its name', async () => {
    const { client } = await at.addConfidentialClient()
    expect((await whoami({ client_id: client.id })).body).toEqual(wrong)
  })

  test('a client without a secret for the hash of no secret', async () => {
    const broken = await at.addClient({ authentication: 'client_secret', secretHash: null })
    expect((await whoami({ client_id: broken.id, client_secret: '='.repeat(43) })).body).toEqual(wrong)
  })
})

describe('private_key_jwt (RFC 7523)', () => {
  let clientId: string
  let privateKey: CryptoKey
  beforeAll(async () => {
    const pair = await generateKeyPair('ES256', { extractable: true })
    privateKey = pair.privateKey
    const jwk = { ...(await exportJWK(pair.publicKey)), alg: 'ES256', kid: 'k1' }
    ;({ id: clientId } = await at.addClient({
      authentication: 'private_key_jwt',
      jwks: JSON.stringify({ keys: [jwk] }),
    }))
  })

  const now = (): number => at.clock()
  const good = (): JWTPayload => {
    return { iss: clientId, sub: clientId, aud: issuer, jti: crypto.randomUUID(), iat: now(), exp: now() + 60 }
  }
  const sign = (claims: JWTPayload, { typ = 'JWT', key = privateKey } = {}): Promise<string> =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1', typ }).sign(key)
  const send = (assertion: string, more = {}): Promise<Answer> =>
    whoami({ client_assertion: assertion, client_assertion_type: jwtBearer, ...more })

  test('proves a client', async () => {
    expect((await send(await sign(good()))).body).toEqual({ id: clientId })
    expect((await send(await sign(good(), { typ: 'client-authentication+jwt' }), { client_id: clientId })).status).toBe(
      200,
    )
  })

  test('works once, also when it comes many times at once', async () => {
    const assertion = await sign(good())
    const answers = await Promise.all(Array.from({ length: 20 }, () => send(assertion)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect((await send(assertion)).body.error).toBe('invalid_client')
  })

  const authenticateWith = (replay: ReplayStore, assertion: string): Promise<AuthenticatedClient> => {
    const authenticate = createClientAuthentication({
      ...{ issuer, replay, clients: at.store.clients, clock: at.clock },
      refusals: { count: () => undefined },
      readCertificate: () => undefined,
    })
    // What is read of it.
    const request = { headers: {}, body: { client_assertion: assertion, client_assertion_type: jwtBearer } }
    return authenticate(request as unknown as FastifyRequest)
  }

  test('stays spent for as long as anybody on the same store may take it, whatever clock skew they allow', async () => {
    let time = now() - 60
    const store = memoryReplayStore({ clock: () => time })
    const claims = good()
    time = now()
    await authenticateWith(store, await sign(claims))
    const id = spendId('assertion', clientId, String(claims.jti))
    time = Number(claims.exp) + 2 * 60 - 1
    expect(store.spend(id, time + 100)).toBe('replayed')
    time += 1
    expect(store.spend(id, time + 100)).toBe('spent')
  })

  for (const { name, error } of [
    { name: 'is full', error: new GuardError('replay_store_full', 'the replay store is full') },
    { name: 'does not answer', error: new Error('ECONNREFUSED') },
  ]) {
    test(`cannot tell whether an assertion is new where the replay store ${name}: 503`, async () => {
      const failing: ReplayStore = { bornAt: 0, spend: () => Promise.reject(error) }
      await expect(authenticateWith(failing, await sign(good()))).rejects.toMatchObject({
        ...{ name: 'OAuthError', code: 'temporarily_unavailable', status: 503, headers: { 'retry-after': '5' } },
      })
    })
  }

  test('an assertion that is refused is not spent', async () => {
    const assertion = await sign(good())
    expect((await send(assertion, { client_id: 'other' })).body.error).toBe('invalid_client')
    expect((await send(assertion)).status).toBe(200)
  })

  for (const { name, change } of [
    { name: 'another issuer', change: { iss: 'other' } },
    { name: 'another subject', change: { sub: 'other' } },
    { name: 'no subject', change: { sub: undefined } },
    { name: 'the token endpoint as audience', change: { aud: `${issuer}/oauth/token` } },
    { name: 'the issuer beside another audience', change: { aud: [issuer, 'https://other.example'] } },
    { name: 'the issuer as a list of one', change: { aud: [issuer] } },
    { name: 'no audience', change: { aud: undefined } },
    { name: 'no jti', change: { jti: undefined } },
    { name: 'an empty jti', change: { jti: '' } },
    { name: 'a jti that is no text', change: { jti: 7 as unknown as string } },
    { name: 'no end', change: { exp: undefined } },
    { name: 'an end that has passed', change: { exp: Math.floor(Date.now() / 1000) - 10 } },
    { name: 'an end more than 5 minutes off', change: { exp: Math.floor(Date.now() / 1000) + 400 } },
  ]) {
    test(`refuses ${name}`, async () => {
      const claims = Object.entries({ ...good(), ...change }).filter(([, value]) => value !== undefined)
      const { status, body } = await send(await sign(Object.fromEntries(claims)))
      expect([status, body.error]).toEqual([401, 'invalid_client'])
    })
  }

  for (const { name, iat } of [
    { name: 'was signed before the server started', iat: Math.floor(Date.now() / 1000) - 120 },
    { name: 'does not say when it was signed', iat: undefined },
  ]) {
    test(`takes an assertion that ${name}, once`, async () => {
      const { iat: _, ...claims } = good()
      const assertion = await sign(iat === undefined ? claims : { ...claims, iat })
      expect((await send(assertion)).body).toEqual({ id: clientId })
      expect((await send(assertion)).body.error).toBe('invalid_client')
    })
  }

  test('refuses an assertion that is older than the memory of a replay store', async () => {
    const newborn = memoryReplayStore({ clock: now })
    await expect(authenticateWith(newborn, await sign(good()))).rejects.toMatchObject({ code: 'invalid_client' })
  })

  test('refuses another’s key, another type, a cut signature, and what is no JWT', async () => {
    const { privateKey: other } = await generateKeyPair('ES256')
    const assertion = await sign(good())
    const bad = [await sign(good(), { key: other }), await sign(good(), { typ: 'at+jwt' }), assertion.slice(0, -4), 'x']
    for (const each of bad) expect((await send(each)).body.error).toBe('invalid_client')
  })

  test('refuses a JWT that is signed with the public key as a secret (RFC 8725 §2.1)', async () => {
    const { jwks } = (await at.store.clients.find(clientId)) ?? {}
    const secret = new TextEncoder().encode(jwks ?? '')
    const forged = await new SignJWT(good()).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret)
    expect((await send(forged)).body.error).toBe('invalid_client')
  })

  test('refuses a client with a secret', async () => {
    const { client } = await at.addConfidentialClient()
    const assertion = await sign({ ...good(), iss: client.id, sub: client.id })
    expect((await send(assertion)).body.error).toBe('invalid_client')
  })
})

import { exportPrivateJwk, exportPublicJwk, generateKey, signJwt } from '@countersign/tokens'
import type { JwkSet } from '@countersign/tokens'
import { afterEach, expect, test } from 'vitest'
import { audience, issuer, makeKey, mintAccessToken, noon, setUpGuard } from '../guard.fixture.ts'
import { failing, publishing, publishingJwks, startJwksServer } from './jwks-server.fixture.ts'

const key = await makeKey('k1')

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

test('a fixed JWK Set', async () => {
  const { authenticateWith } = setUpGuard(key, { keys: { keys: [exportPublicJwk(key)] } })
  expect((await authenticateWith({})).subject).toBe('user-1')
})

test('a fixed secret', async () => {
  const secret = await generateKey('HS256', { kid: 's' })
  const { authenticate } = setUpGuard(key, { keys: { keys: [exportPrivateJwk(secret)] } })
  expect((await authenticate(mintAccessToken(secret))).subject).toBe('user-1')
})

test('the issuer’s own JWK Set unless told otherwise', async () => {
  const asked: unknown[] = []
  const { authenticateWith } = setUpGuard(key, {
    issuer: 'https://id.example/tenant/',
    fetch: (url) => {
      asked.push(url)
      return Promise.resolve(Response.json({ keys: [exportPublicJwk(key)] }))
    },
    // The default is what is tested.
    ...({ keys: undefined } as object),
  })
  await authenticateWith({ iss: 'https://id.example/tenant/' })
  expect(asked).toEqual(['https://id.example/tenant/.well-known/jwks.json'])
})

test('a JWK Set over HTTP: a key just rotated in is not refused, an unknown one is', async () => {
  const server = await startJwksServer(key)
  cleanUps.push(() => server.close())
  const { authenticate } = setUpGuard(key, { keys: server.uri })
  expect((await authenticate(mintAccessToken(key))).subject).toBe('user-1')
  const next = await makeKey('k2')
  server.answer = publishing(key, next)
  const [rotated, forged] = await Promise.allSettled([
    authenticate(mintAccessToken(next)),
    authenticate(mintAccessToken(await makeKey('k3'))),
  ])
  expect(rotated).toMatchObject({ status: 'fulfilled' })
  expect(forged).toMatchObject({ reason: { code: 'token_key_unknown', status: 401 } })
  expect(server.requests).toBe(2)
})

test('a JWK Set that cannot be had, and a ring that fails, are a 503', async () => {
  const server = await startJwksServer()
  cleanUps.push(() => server.close())
  server.answer = failing
  const unavailable = { code: 'keys_unavailable', status: 503, headers: { 'Retry-After': '5' } }
  await expect(setUpGuard(key, { keys: server.uri }).authenticateWith({})).rejects.toMatchObject(unavailable)
  const broken = (): never => {
    throw new Error('the ring is closed')
  }
  await expect(setUpGuard(key, { keys: broken }).authenticateWith({})).rejects.toMatchObject(unavailable)
})

test('a key that may not verify is no key', async () => {
  const jwk = { ...exportPublicJwk(await makeKey('k1')), key_ops: ['sign'] }
  const { authenticate } = setUpGuard(key, { keys: { keys: [jwk] } as JwkSet })
  await expect(authenticate(mintAccessToken(key))).rejects.toMatchObject({ code: 'token_key_unknown', status: 401 })
})

for (const purpose of ['status', 'checkpoint', null]) {
  test(`a key whose purpose is ${String(purpose)} signs no tokens, fixed or fetched`, async () => {
    const jwks = [exportPublicJwk(await makeKey('k2')), { ...exportPublicJwk(key), cs_use: purpose }]
    const server = await startJwksServer()
    cleanUps.push(() => server.close())
    server.answer = publishingJwks(...jwks)
    for (const keys of [{ keys: jwks }, server.uri]) {
      const { authenticate } = setUpGuard(key, { keys })
      await expect(authenticate(mintAccessToken(key))).rejects.toMatchObject({ code: 'token_key_unknown' })
    }
  })
}

test('a token is the issuer’s alone: a JWT that the same key signed for something else is none', async () => {
  const { authenticate } = setUpGuard(key)
  const assertion = signJwt({ iss: issuer, aud: audience, exp: noon + 60, sub: 'user-1' }, key)
  await expect(authenticate(assertion)).rejects.toMatchObject({ code: 'token_type_mismatch' })
})

import { statusClaim } from '@countersign/protocol'
import { afterEach, expect, test } from 'vitest'
import { bearing, mintAccessToken, noon, setUpGuard } from '../guard.fixture.ts'
import type { ClaimChanges } from '../guard.fixture.ts'
import { GuardError } from '../guard-error.ts'
import type { GuardOptions } from '../guard.ts'
import { jwks, listKey, makeList, startStatusServer, tokenKey } from './status-server.fixture.ts'

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp()
})

/** A guard over an issuer on a real socket. */
async function setUp(options: Partial<GuardOptions> = {}) {
  const server = await startStatusServer()
  const { issuer, uri } = server
  const keys = `${issuer}/.well-known/jwks.json`
  const { guard, clock } = setUpGuard(tokenKey, { issuer, keys, status: 'required', ...options })
  cleanUps.push(
    () => guard.close(),
    () => server.close(),
  )
  const mint = (changes: ClaimChanges = {}) =>
    mintAccessToken(tokenKey, { iss: issuer, status: statusClaim(issuer, 7), ...changes })
  server.publish(makeList({ uri }))
  return { server, clock, guard, mint, call: (token: string) => guard.authenticate(bearing(token)) }
}

const codeOf = (error: unknown): unknown => (error instanceof GuardError ? error.code : error)

test('a token is refused within two seconds of being revoked, while it is used all the time', async () => {
  const { server, mint, call, clock } = await setUp()
  const [token, other] = [mint(), mint({ jti: 'token-2', status: statusClaim(server.issuer, 8) })]
  await call(token)
  const publishedAt = performance.now()
  server.publish(makeList({ uri: server.uri, issuedAt: noon + 1, revoked: [7] }))
  clock.now = noon + 1
  let code: unknown
  await expect
    .poll(
      async () => {
        await call(other)
        code = await call(token).then(() => 'admitted', codeOf)
        return code
      },
      { timeout: 5000, interval: 5 },
    )
    .toBe('token_revoked')
  expect(performance.now() - publishedAt).toBeLessThan(2000)
  expect(server.requests).toBeLessThanOrEqual(3)
})

test('a token that refers to no list is refused where lists are looked at, and taken where they are not', async () => {
  const { mint, call, server } = await setUp()
  const missing = { name: 'GuardError', code: 'status_missing', status: 401 }
  await expect(call(mint({ status: undefined }))).rejects.toMatchObject(missing)
  const off = await setUp({ status: 'off' })
  expect((await off.call(off.mint({ status: undefined }))).subject).toBe('user-1')
  expect((await off.call(off.mint())).subject).toBe('user-1')
  expect([server.requests, off.server.requests]).toEqual([0, 0])
})

test('a token that the issuer did not sign asks for no list', async () => {
  const { mint, call, server } = await setUp()
  await expect(call(`${mint().slice(0, -8)}AAAAAAAA`)).rejects.toMatchObject({ code: 'token_signature_invalid' })
  expect(server.requests).toBe(0)
})

test('when the issuer is down, tokens are refused: a 503; or taken, where that was chosen', async () => {
  for (const { status, outcome } of [
    { status: 'required', outcome: 'status_unavailable 503' },
    { status: { whenUnreachable: 'accept-unsafe' }, outcome: 'user-1' },
  ] as const) {
    const { mint, call, server } = await setUp({ status })
    server.answer = (_request, response) => response.destroy()
    const told = await call(mint()).then(
      ({ subject }) => subject,
      (error: unknown) => (error instanceof GuardError ? `${error.code} ${error.status}` : error),
    )
    expect(told).toBe(outcome)
  }
})

test('a key of lists signs no tokens, and a key of tokens no lists', async () => {
  const { server, mint, call } = await setUp()
  const forged = mintAccessToken(listKey, { iss: server.issuer, status: statusClaim(server.issuer, 7) })
  await expect(call(forged)).rejects.toMatchObject({ code: 'token_key_unknown', status: 401 })
  server.publish(makeList({ uri: server.uri, key: tokenKey }))
  await expect(call(mint())).rejects.toMatchObject({ code: 'status_list_invalid', status: 503 })
})

for (const { name, options } of [
  { name: 'the caller’s own keys, of which none signs lists', options: { keys: () => [tokenKey] } },
  { name: 'a demand that there is not', options: { status: 'on' } },
  { name: 'an accident for a choice', options: { status: { whenUnreachable: 'accept' } } },
  { name: 'an empty choice', options: { status: {} } },
  { name: 'an issuer that anybody on the way can be', options: { issuer: 'http://id.example', keys: { keys: jwks } } },
]) {
  test(`status with ${name} is a mistake`, () => {
    const made = () =>
      setUpGuard(tokenKey, { status: 'required', keys: { keys: jwks }, ...(options as Partial<GuardOptions>) })
    expect(made).toThrow(TypeError)
  })
}

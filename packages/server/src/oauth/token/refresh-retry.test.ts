import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { basic } from '../../client-authentication/oauth-endpoint.fixture.ts'
import type { Answer } from '../../client-authentication/oauth-endpoint.fixture.ts'
import { startTokenEndpoint } from './token-route.fixture.ts'
import type { TokenEndpointUnderTest } from './token-route.fixture.ts'

let at: TokenEndpointUnderTest
beforeAll(async () => void (at = await startTokenEndpoint()))
afterAll(() => at.close())

/** A sign-in at a confidential client whose first refresh was answered with `lost`; `refresh` asks as that client. */
async function loseAnswer() {
  const { client, secret } = await at.addConfidentialClient()
  const issued = await at.issueCode({ clientId: client.id, scope: 'openid profile' })
  const refresh = (token: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> =>
    at.token({ grant_type: 'refresh_token', refresh_token: token, ...more }, basic(client.id, secret))
  const { code, verifier } = issued
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier }
  const first: string = (await at.token(form, basic(client.id, secret))).body.refresh_token
  const lost: string = (await refresh(first)).body.refresh_token
  const isRevoked = async () => (await at.store.grants.find(issued.grant.id))?.revokedAt !== null
  return { first, lost, refresh, isRevoked, trail: () => at.trail(issued.grant.id) }
}

describe('an authenticated client that lost an answer', () => {
  test('may ask once more within ten seconds: the new token works, the lost one is spent', async () => {
    const { first, lost, refresh, trail } = await loseAnswer()
    // Less than ten: the clock goes on by itself, too.
    at.pass(8)
    const { status, body } = await refresh(first)
    expect(status).toBe(200)
    expect(await trail()).toContain('refresh.retried')
    expect((await refresh(body.refresh_token)).status).toBe(200)
    expect((await refresh(lost)).body.error).toBe('invalid_grant')
  })

  for (const { name, retry } of [
    {
      name: 'too late',
      retry: async ({ first, refresh }: Awaited<ReturnType<typeof loseAnswer>>) => {
        at.pass(11)
        return refresh(first)
      },
    },
    {
      name: 'twice',
      retry: async ({ first, refresh }: Awaited<ReturnType<typeof loseAnswer>>) => {
        await refresh(first)
        return refresh(first)
      },
    },
    {
      name: 'after it did get the answer and used it',
      retry: async ({ first, lost, refresh }: Awaited<ReturnType<typeof loseAnswer>>) => {
        await refresh(lost)
        return refresh(first)
      },
    },
    {
      name: 'for what it was not granted',
      retry: ({ first, refresh }: Awaited<ReturnType<typeof loseAnswer>>) => refresh(first, { scope: 'orders:write' }),
    },
  ]) {
    test(`ends the family when it asks ${name}`, async () => {
      const family = await loseAnswer()
      const { status, body } = await retry(family)
      expect([status, body.error]).toEqual([400, 'invalid_grant'])
      expect(await family.isRevoked()).toBe(true)
      expect(await family.trail()).toContain('refresh.reused')
      expect((await family.refresh(family.lost)).body.error).toBe('invalid_grant')
    })
  }

  test('has one token that works, or none, after 50 retries at once', async () => {
    const { first, lost, refresh, isRevoked } = await loseAnswer()
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(first)))
    const linked = answers.filter(({ status }) => status === 200)
    expect(linked.length).toBeLessThanOrEqual(1)
    expect(await isRevoked()).toBe(true)
    for (const token of [lost, ...linked.map(({ body }) => body.refresh_token as string)]) {
      expect((await refresh(token)).body.error).toBe('invalid_grant')
    }
  })
})

test('a public client without a key may not: a second use ends the family, however soon', async () => {
  const { id: clientId } = await at.addClient()
  const issued = await at.issueCode({ clientId })
  const { refresh_token: first } = (await at.redeem(issued)).body
  const { refresh_token: second } = (await at.refresh(clientId, first)).body
  expect((await at.refresh(clientId, first)).body.error).toBe('invalid_grant')
  expect((await at.refresh(clientId, second)).body.error).toBe('invalid_grant')
  expect(await at.trail(issued.grant.id)).not.toContain('refresh.retried')
})

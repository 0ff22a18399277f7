import type { Key } from '@countersign/tokens'
import { describe, expect, test } from 'vitest'
import type { AccessToken } from './access-token.ts'
import { accessTokenClaims, makeKey, mintAccessToken, noon, setUpGuard } from './guard.fixture.ts'
import { signatureMemory } from './signature-memory.ts'

const key = await makeKey('k1')

function setUp(maxEntries: number) {
  const memory = signatureMemory(maxEntries)
  return {
    remember: (token: string, expiresAt = noon + 60) =>
      memory.remember(token, { key, expiresAt, tokenId: token } as unknown as AccessToken),
    knows: (token: string, keys: readonly Key[] = [key], now = noon) => memory.recall(token, keys, now) !== undefined,
  }
}

test('it knows what it was told, until "exp", while the key is good', async () => {
  const { remember, knows } = setUp(10)
  remember('a')
  remember('b')
  expect([knows('a'), knows('x'), knows('a', [key], noon + 59), knows('b', [key], noon + 60)]).toEqual([
    true,
    false,
    true,
    false,
  ])
  expect(knows('a', [await makeKey('k1')])).toBe(false)
  // Forgotten by then, not only passed over.
  expect([knows('a'), knows('b')]).toEqual([false, false])
})

test('it holds no more than it may, and keeps what is in use', () => {
  const { remember, knows } = setUp(10)
  remember('in use')
  for (let index = 0; index < 100; index++) {
    remember(`${index}`)
    expect(knows('in use')).toBe(true)
  }
  const known = Array.from({ length: 100 }, (_, index) => knows(`${index}`)).filter(Boolean)
  expect(known.length).toBeLessThan(10)
})

test('with room for none it knows nothing', () => {
  const { remember, knows } = setUp(0)
  remember('a')
  expect(knows('a')).toBe(false)
})

describe('verified once, checked always', () => {
  test('a remembered token dies with its time', async () => {
    const { clock, authenticateWith } = setUpGuard(key)
    await authenticateWith({})
    clock.now = accessTokenClaims.exp + 5
    await expect(authenticateWith({})).rejects.toMatchObject({ code: 'token_expired' })
  })

  test('a remembered token dies with its key, also when another takes its kid', async () => {
    const { ring, authenticate } = setUpGuard(key)
    const token = mintAccessToken(key)
    await authenticate(token)
    ring.splice(0, 1, await makeKey('k1'))
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'token_signature_invalid' })
    ring.splice(0, 1)
    await expect(authenticate(token)).rejects.toMatchObject({ code: 'token_key_unknown' })
  })

  test('a remembered token meets the demands of each route', async () => {
    const { authenticate } = setUpGuard(key)
    const token = mintAccessToken(key)
    await authenticate(token, { scope: 'read' })
    await expect(authenticate(token, { scope: 'admin' })).rejects.toMatchObject({ code: 'insufficient_scope' })
  })

  test('bytes that differ in the spare bits of the signature are other bytes', async () => {
    const { authenticate } = setUpGuard(key)
    const token = mintAccessToken(key)
    await authenticate(token)
    // The last character of 64 bytes carries two bits, and four that must be zero.
    const twin = token.slice(0, -1) + String.fromCharCode(token.charCodeAt(token.length - 1) + 1)
    await expect(authenticate(twin)).rejects.toMatchObject({ code: 'token_malformed' })
  })

  test('nothing changes when nothing is remembered', async () => {
    const { authenticate } = setUpGuard(key, { rememberSignatures: 0 })
    const token = mintAccessToken(key)
    expect(await authenticate(token)).toEqual(await authenticate(token))
  })
})

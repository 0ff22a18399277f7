import { expect, test } from 'vitest'
import { verifyJwtSignature } from '@countersign/tokens'
import { parseAccessToken } from '../access-token.ts'
import type { AccessToken } from '../access-token.ts'
import { audience, issuer, makeKey } from '../guard.fixture.ts'
import type { ClaimChanges } from '../guard.fixture.ts'
import { mintSessionToken, sessionKey, sessionSecrets } from './session-keys.fixture.ts'
import { sessionKeyFinder } from './session-keys.ts'

const key = await makeKey('k1')
const tokenWith = (changes: ClaimChanges = {}): AccessToken =>
  parseAccessToken(verifyJwtSignature(mintSessionToken(key, changes), [key]))
const setUp = () => sessionKeyFinder({ issuer, audience, sessionSecrets })

test('each use has the key that the client was handed', () => {
  for (const changes of [{}, { cnf: { jkt: 'A'.repeat(43) } }, { client_id: 'https://client.example/ä' }]) {
    const { signing, opening, sealing } = setUp()(tokenWith(changes))
    expect(signing.keyObject.export()).toEqual(sessionKey('sig', changes))
    expect(opening.keyObject.export()).toEqual(sessionKey('seal-req', changes))
    expect(sealing.keyObject.export()).toEqual(sessionKey('seal-res', changes))
  }
})

test('the keys are derived once for each token that is remembered', () => {
  const find = setUp()
  const token = tokenWith()
  expect(find(token).signing).toBe(find(token).signing)
  expect(find(token)).toBe(find(token))
  expect(find(tokenWith({ jti: 'token-2' })).signing).not.toBe(find(token).signing)
})

test('a key is for one use alone', () => {
  const { signing, opening, sealing } = setUp()(tokenWith())
  expect([signing.alg, opening.alg, opening.enc, sealing.enc]).toEqual([
    'HS256',
    'dir',
    'A256CBC-HS512',
    'A256CBC-HS512',
  ])
})

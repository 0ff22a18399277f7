import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeClient } from '../../client-authentication/client.fixture.ts'
import { checkCodeExchange } from './code-exchange.ts'

const sha256 = (data: Uint8Array): Uint8Array => hash('sha256', data, 'buffer')
const verifier = 'v'.repeat(43)
const code = {
  hash: 'h',
  grantId: 'g1',
  clientId: 'shop',
  codeChallenge: hash('sha256', verifier, 'base64url'),
  nonce: null,
  expiresAt: 1_700_000_060,
}

for (const { name, clientId = 'shop', form = { code_verifier: verifier }, refused } of [
  { name: 'accepts the verifier of the challenge' },
  { name: 'refuses another client', clientId: 'thief', refused: 'invalid_grant' },
  { name: 'refuses another verifier', form: { code_verifier: 'w'.repeat(43) }, refused: 'invalid_grant' },
  {
    name: 'refuses the challenge as a verifier',
    form: { code_verifier: code.codeChallenge },
    refused: 'invalid_grant',
  },
  { name: 'refuses a short verifier', form: { code_verifier: 'v' }, refused: 'invalid_grant' },
  { name: 'refuses an empty verifier', form: { code_verifier: '' }, refused: 'invalid_grant' },
  { name: 'refuses no verifier (RFC 9700 §2.1.1)', form: {}, refused: 'invalid_request' },
]) {
  test(name, async () => {
    const check = checkCodeExchange(code, makeClient({ id: clientId }), form, sha256)
    if (refused === undefined) await expect(check).resolves.toBeUndefined()
    else await expect(check).rejects.toMatchObject({ name: 'OAuthError', code: refused })
  })
}

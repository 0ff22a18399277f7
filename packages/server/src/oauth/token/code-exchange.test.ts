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
  dpopJkt: null,
  expiresAt: 1_700_000_060,
}

for (const { name, clientId = 'shop', form = { code_verifier: verifier }, dpopJkt = null, proven = {}, refused } of [
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
  { name: 'accepts the key that the code is bound to (RFC 9449 §10)', dpopJkt: 'k1', proven: { jkt: 'k1' } },
  { name: 'accepts any key for a code that is bound to none', proven: { jkt: 'k1' } },
  { name: 'refuses another key', dpopJkt: 'k1', proven: { jkt: 'k2' }, refused: 'invalid_grant' },
  { name: 'refuses no key for a code that is bound to one', dpopJkt: 'k1', refused: 'invalid_grant' },
  { name: 'refuses no verifier (RFC 9700 §2.1.1)', form: {}, refused: 'invalid_request' },
]) {
  test(name, async () => {
    const check = checkCodeExchange({ ...code, dpopJkt }, makeClient({ id: clientId }), { form, proven }, sha256)
    if (refused === undefined) await expect(check).resolves.toBeUndefined()
    else await expect(check).rejects.toMatchObject({ name: 'OAuthError', code: refused })
  })
}

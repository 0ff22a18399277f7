import { calculateJwkThumbprint } from 'jose'
import type { JWK } from 'jose'
import { expect, test } from 'vitest'

import { refusalOf } from '../refusal.fixture.ts'
import { exportPrivateJwk } from './export-jwk.ts'
import { generateKey } from './generate-key.ts'
import { thumbprint } from './thumbprint.ts'

// RFC 7638 §3.1.
const rfc7638 = {
  kty: 'RSA',
  n: '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw',
  e: 'AQAB',
  alg: 'RS256',
  kid: '2011-04-29',
}

test('is that of the example of RFC 7638, and of RFC 8037 A.3', () => {
  expect(thumbprint(rfc7638)).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs')
  const okp = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' }
  expect(thumbprint(okp)).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k')
})

for (const alg of ['ES256', 'ES512', 'Ed25519', 'HS256'] as const) {
  test(`${alg}: is the same for the handle, the JWK and jose`, async () => {
    const key = await generateKey(alg, { kid: 'x' })
    const jwk = exportPrivateJwk(key)
    expect(thumbprint(key)).toBe(await calculateJwkThumbprint({ ...jwk } as JWK))
    expect(thumbprint(jwk)).toBe(thumbprint(key))
  })
}

test('what is no key has none', () => {
  expect(refusalOf(() => thumbprint({ kty: 'AKP' }))).toBe('key_unsupported')
  expect(refusalOf(() => thumbprint({ kty: 'toString' }))).toBe('key_unsupported')
  expect(refusalOf(() => thumbprint({ kty: 'EC', crv: 'P-256' }))).toBe('key_malformed')
})

import { CompactSign, compactVerify, importJWK } from 'jose'
import type { JWK } from 'jose'
import { expect, test } from 'vitest'

import { exportPrivateJwk, exportPublicJwk } from '../jwk/export-jwk.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { algorithms, signatureKeys } from './signature-keys.fixture.ts'
import { signJws, verifyJws } from './jws.ts'

const keys = await signatureKeys()

for (const alg of algorithms) {
  const key = keys.get(alg)
  if (key === undefined) throw new TypeError(`no key for ${alg}`)
  const privateJwk = exportPrivateJwk(key)
  const publicJwk = key.kind === 'secret' ? privateJwk : exportPublicJwk(key)

  test(`${alg}: jose verifies what we sign`, async () => {
    const token = signJws('as agreed', key, { typ: 'text' })
    const { payload, protectedHeader } = await compactVerify(token, await importJWK({ ...publicJwk } as JWK))
    expect(Buffer.from(payload).toString()).toBe('as agreed')
    expect(protectedHeader).toEqual({ alg, kid: alg, typ: 'text' })
  })

  for (const name of alg === 'Ed25519' ? ['Ed25519', 'EdDSA'] : [alg]) {
    test(`${alg}: we verify what jose signs as ${name}`, async () => {
      const signer = new CompactSign(Buffer.from('as agreed')).setProtectedHeader({ alg: name })
      const token = await signer.sign(await importJWK({ ...privateJwk, alg: name } as JWK))
      expect(verifyJws(token, parseJwk(publicJwk)).payload.toString()).toBe('as agreed')
    })
  }
}

import { CompactEncrypt, compactDecrypt, importJWK } from 'jose'
import type { JWK } from 'jose'
import { expect, test } from 'vitest'
import { exportPrivateJwk, exportPublicJwk } from '../jwk/export-jwk.ts'
import { decryptJwe } from './decrypt.ts'
import { encryptJwe } from './encrypt.ts'
import { everyKey } from './keys.fixture.ts'

const keys = await everyKey()
const plaintext = Buffer.from('you can trust us to stick with you')
const parties = { apu: 'QWxpY2U', apv: 'Qm9i' }

for (const { name, enc, key } of keys) {
  test(`jose decrypts what is encrypted with ${name} and ${enc}, and the other way round`, async () => {
    const agreed = key.alg.startsWith('ECDH-ES') ? parties : {}
    const privateKey = await importJWK(exportPrivateJwk(key) as JWK, key.alg)
    const publicKey = key.kind === 'secret' ? privateKey : await importJWK(exportPublicJwk(key) as JWK, key.alg)

    const theirs = await compactDecrypt(
      encryptJwe(plaintext, key, { enc, header: { ...agreed, cty: 'text' } }),
      privateKey,
    )
    expect(Buffer.from(theirs.plaintext)).toEqual(plaintext)
    expect(theirs.protectedHeader).toMatchObject({ alg: key.alg, enc, cty: 'text', ...agreed })

    const encrypt = new CompactEncrypt(plaintext).setProtectedHeader({ alg: key.alg, enc, cty: 'text' })
    if (key.alg.startsWith('ECDH-ES')) {
      encrypt.setKeyManagementParameters({ apu: Buffer.from('Alice'), apv: Buffer.from('Bob') })
    }
    const ours = decryptJwe(await encrypt.encrypt(publicKey), key)
    expect(ours.plaintext).toEqual(plaintext)
    expect(ours.header).toMatchObject({ alg: key.alg, enc, cty: 'text' })
  })
}

test('every algorithm was crossed with every content encryption', () => {
  expect(keys.length).toBe(6 + 10 * 6)
  console.info(`jose: ${keys.length} pairs of algorithm and content encryption, both ways`)
})

/** JWE `dir` with A256CBC-HS512, 1 KiB of text, beside jose and raw node:crypto. */

import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { decryptJwe, encryptJwe, secretKey } from '@countersign/tokens'
import { CompactEncrypt, compactDecrypt } from 'jose'
import { compare } from './measure.ts'

const enc = 'A256CBC-HS512'

export async function bench(): Promise<readonly string[]> {
  const bytes = randomBytes(64)
  const key = secretKey('dir', bytes)
  const native = createSecretKey(bytes)
  const macKey = createSecretKey(bytes.subarray(0, 32))
  const encryptionKey = createSecretKey(bytes.subarray(32))
  const plaintext = Buffer.from(JSON.stringify({ text: 'x'.repeat(1000) }))
  const header = Buffer.from(JSON.stringify({ alg: 'dir', enc })).toString('base64url')
  const aad = Buffer.from(header)
  const aadBits = Buffer.alloc(8)
  aadBits.writeBigUInt64BE(BigInt(aad.length * 8))

  const tokens = Array.from({ length: 1024 }, () => encryptJwe(plaintext, key, { enc }))
  const at = (index: number): string => tokens[index % tokens.length] ?? ''
  const parts = tokens.map((token) => {
    const [head = '', , iv = '', ciphertext = '', tag = ''] = token.split('.')
    const decode = (text: string): Buffer => Buffer.from(text, 'base64url')
    return { aad: Buffer.from(head), iv: decode(iv), ciphertext: decode(ciphertext), tag: decode(tag) }
  })

  return [
    ...(await compare({
      title: `encrypt JWE dir ${enc}, 1 KiB`,
      contestants: [
        { name: 'countersign', run: () => encryptJwe(plaintext, key, { enc }) },
        {
          name: 'jose',
          awaits: true,
          run: () => new CompactEncrypt(plaintext).setProtectedHeader({ alg: 'dir', enc }).encrypt(native),
        },
        { name: 'raw node:crypto', run: () => rawEncrypt() },
      ],
    })),
    ...(await compare({
      title: `decrypt JWE dir ${enc}, 1 KiB, distinct tokens`,
      contestants: [
        { name: 'countersign', run: (index) => decryptJwe(at(index), key) },
        { name: 'jose', awaits: true, run: (index) => compactDecrypt(at(index), native) },
        { name: 'raw node:crypto', run: (index) => rawDecrypt(index) },
      ],
      goals: [{ against: 'raw node:crypto', atLeast: 0.6 }],
    })),
  ]

  function rawEncrypt(): Buffer {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-cbc', encryptionKey, iv)
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
    return createHmac('sha512', macKey)
      .update(aad)
      .update(iv)
      .update(ciphertext)
      .update(aadBits)
      .digest()
      .subarray(0, 32)
  }

  function rawDecrypt(index: number): Buffer {
    const part = parts[index % parts.length]
    if (part === undefined) throw new Error('no such token')
    const hmac = createHmac('sha512', macKey).update(part.aad).update(part.iv).update(part.ciphertext).update(aadBits)
    if (!timingSafeEqual(hmac.digest().subarray(0, 32), part.tag)) throw new Error('the raw tag does not hold')
    const decipher = createDecipheriv('aes-256-cbc', encryptionKey, part.iv)
    return Buffer.concat([decipher.update(part.ciphertext), decipher.final()])
  }
}

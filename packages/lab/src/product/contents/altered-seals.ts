/**
 * Sealed bodies with something changed, as somebody without the keys can change them.
 */

import { createCipheriv, randomBytes } from 'node:crypto'

import { flippedBits } from '../../attacks/flip-bits.ts'
import { theft } from './passing-request.ts'
import { decodeHeader, encodeHeader, formatSealed, makeTag, parseSealed } from './sealed-body.ts'
import type { SealedBody } from './sealed-body.ts'

const blockBytes = 16

/** Each bit of the header, the IV, the ciphertext and the tag. */
export function* flipEachBit(sealed: string): Iterable<string> {
  const body = parseSealed(sealed)
  const header = Buffer.from(body.header, 'base64url')
  for (const bytes of flippedBits(header)) yield formatSealed({ ...body, header: bytes.toString('base64url') })
  for (const part of ['iv', 'ciphertext', 'tag'] as const) {
    for (const bytes of flippedBits(body[part])) yield formatSealed({ ...body, [part]: bytes })
  }
}

/** Its parts cut, repeated, turned round, and mixed with those of another that was sealed under the same key. */
export function rearrange(body: SealedBody, other: SealedBody): readonly SealedBody[] {
  const { iv, ciphertext } = body
  const firstBlock = ciphertext.subarray(0, blockBytes)
  const rest = ciphertext.subarray(blockBytes)
  const ciphertexts = [
    ...[Buffer.alloc(0), ciphertext.subarray(0, -1), ciphertext.subarray(0, -blockBytes)],
    Buffer.concat([ciphertext, ciphertext.subarray(-blockBytes)]),
    Buffer.concat([rest, firstBlock]),
    Buffer.concat([firstBlock, other.ciphertext.subarray(blockBytes)]),
  ]
  return [
    ...ciphertexts.map((changed) => ({ ...body, ciphertext: changed })),
    // The first block becomes the IV: the bytes under the tag are nearly the same.
    { ...body, iv: firstBlock, ciphertext: rest },
    { ...body, iv: Buffer.concat([iv, firstBlock]), ciphertext: rest },
    ...(['header', 'iv', 'ciphertext', 'tag'] as const).map((part) => ({ ...body, [part]: other[part] })),
    { ...body, encryptedKey: randomBytes(64).toString('base64url') },
  ]
}

/** Its header with one member changed or added, under the old tag, and under keys that the header brings along. */
export function rewriteHeader(body: SealedBody): readonly SealedBody[] {
  const header = decodeHeader(body)
  const own = randomBytes(64)
  const jwk = { kty: 'oct', k: own.toString('base64url') }
  const changes = [
    ...[{ alg: 'none' }, { alg: 'A256KW' }, { alg: 'PBES2-HS512+A256KW', p2s: 'AAAAAAAAAAA', p2c: 1 }],
    ...[{ enc: 'none' }, { enc: 'A256CBC' }, { enc: 'A128CBC-HS256' }, { enc: 'A256GCM' }],
    ...[{ zip: 'DEF' }, { crit: [] }, { cty: 'application/json' }, { nonce: randomBytes(32).toString('base64url') }],
    ...[{ iat: Number(header['iat']) + 60 }, { cs_dir: 'res' }, { cs_htu: 'https://attacker.example/' }],
  ]
  return [
    ...changes.map((change) => ({ ...body, header: encodeHeader({ ...header, ...change }) })),
    ...[{}, { jwk }, { kid: 'own' }].map((change) => sealedUnder(own, { ...header, ...change })),
    sealedUnder(Buffer.alloc(64), header),
  ]
}

/** The same bytes in texts that a strict reader does not take. */
export function respell(sealed: string): readonly string[] {
  const { header, ...others } = parseSealed(sealed)
  const json = Buffer.from(header, 'base64url').toString()
  const spellings = [json.replace('{', '{ '), json.replace('{', '{"cs_dir":"req",'), `\uFEFF${json}`].map((text) =>
    formatSealed({ ...others, header: Buffer.from(text).toString('base64url') }),
  )
  // Stray bits at the end, padding, white space, a part too many.
  return [
    ...spellings,
    changeStrayBits(sealed),
    `${sealed}=`,
    `${sealed}\n`,
    ` ${sealed}`,
    `${sealed}.`,
    `${sealed}.AAAA`,
  ]
}

/** Without its tag, in every way that a reader might let pass. */
export function stripTag(sealed: string): readonly string[] {
  const body = parseSealed(sealed)
  const unencrypted = encodeHeader({ ...decodeHeader(body), alg: 'none', enc: 'none' })
  const text = Buffer.from(theft).toString('base64url')
  return [
    // The start of the right one, for a comparison that stops where the shorter ends.
    ...[0, 1, 8, 16, 31].map((bytes) => formatSealed({ ...body, tag: body.tag.subarray(0, bytes) })),
    formatSealed({ ...body, tag: Buffer.alloc(32) }),
    formatSealed({ ...body, tag: Buffer.concat([body.tag, body.tag]) }),
    sealed.slice(0, sealed.lastIndexOf('.')),
    ...[`${unencrypted}...${text}.`, `${unencrypted}.${text}.`, text],
  ]
}

function sealedUnder(key: Buffer, header: object): SealedBody {
  const iv = randomBytes(blockBytes)
  const cipher = createCipheriv('aes-256-cbc', key.subarray(32), iv)
  const ciphertext = Buffer.concat([cipher.update(theft), cipher.final()])
  const body = { header: encodeHeader(header), encryptedKey: '', iv, ciphertext, tag: Buffer.alloc(0) }
  return { ...body, tag: makeTag(body, key) }
}

/** The last character of 32 bytes holds two bits that mean nothing: a lax decoder takes four texts for one tag. */
function changeStrayBits(sealed: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  return sealed.slice(0, -1) + (alphabet[alphabet.indexOf(sealed.slice(-1)) ^ 1] ?? 'A')
}

/**
 * `ECDH-ES`, alone or with AES key wrap: the sender's ephemeral key and the receiver's static key agree on a secret
 * (RFC 7518 §4.6), on P-256 or X25519 (RFC 8037 §3.2).
 */

import { Buffer } from 'node:buffer'
import { createPublicKey, createSecretKey, diffieHellman, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { decodeBase64url } from '../base64url.ts'
import { TokenError } from '../errors.ts'
import type { ContentEncryption, Key } from '../jwk/key.ts'
import { parseJwk } from '../jwk/parse-jwk.ts'
import { unwrapKey, wrapKey } from './aes-key-wrap.ts'
import { concatKdf } from './concat-kdf.ts'
import { contentCipher, contentKeyBytes, makeContentKey } from './content-encryption.ts'
import type { JweHeader } from './header.ts'
import type { KeyManagement } from './key-management.ts'

/** `direct`: the agreed key encrypts the content; else it wraps the key that does. */
export function ecdhEs(use: 'direct' | { readonly wrapKeyBytes: number }): KeyManagement {
  function deriveKey(sharedSecret: Buffer, enc: ContentEncryption, header: JweHeader): Buffer {
    return concatKdf(sharedSecret, {
      algorithm: use === 'direct' ? enc : header.alg,
      keyBytes: use === 'direct' ? contentKeyBytes(enc) : use.wrapKeyBytes,
      partyUInfo: parsePartyInfo(header['apu']),
      partyVInfo: parsePartyInfo(header['apv']),
    })
  }

  return {
    encryptOperations: [],
    decryptOperations: ['deriveKey', 'deriveBits'],
    encryptKey(key, enc, header) {
      const receiver = key.kind === 'private' ? createPublicKey(key.keyObject) : key.keyObject
      const ephemeral = generateEphemeralKey(receiver)
      const agreed = deriveKey(diffieHellman({ privateKey: ephemeral, publicKey: receiver }), enc, header)
      const ephemeralHeader = { epk: createPublicKey(ephemeral).export({ format: 'jwk' }) }
      if (use === 'direct') {
        return { cipher: contentCipher(enc, agreed), encryptedKey: Buffer.alloc(0), header: ephemeralHeader }
      }
      const { cek, cipher } = makeContentKey(enc)
      return { cipher, encryptedKey: wrapKey(createSecretKey(agreed), cek), header: ephemeralHeader }
    },
    decryptKey(key, enc, header, encryptedKey) {
      if (use === 'direct' && encryptedKey.length > 0) return undefined
      const sender = parseEphemeralKey(header['epk'], key)
      const agreed = deriveKey(diffieHellman({ privateKey: key.keyObject, publicKey: sender }), enc, header)
      return contentCipher(enc, use === 'direct' ? agreed : unwrapKey(createSecretKey(agreed), encryptedKey))
    },
  }
}

function generateEphemeralKey(receiver: KeyObject): KeyObject {
  const pair =
    receiver.asymmetricKeyType === 'x25519'
      ? generateKeyPairSync('x25519')
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return pair.privateKey
}

/** Only what makes a public key is read. Parsing checks that the point is on the curve, so that none leaks our key. */
function parseEphemeralKey(epk: unknown, key: Key): KeyObject {
  if (typeof epk !== 'object' || epk === null) throw new TokenError('token_header_refused', '"epk" is not a JWK')
  const { kty, crv, x, y } = epk as Readonly<Record<string, unknown>>
  return parseJwk({ kty, crv, x, ...(y === undefined ? {} : { y }) }, { alg: key.alg }).keyObject
}

/** @throws {TokenError} `token_malformed` */
function parsePartyInfo(value: unknown): Buffer {
  if (value === undefined) return Buffer.alloc(0)
  if (typeof value !== 'string') throw new TokenError('token_malformed', '"apu" and "apv" are base64url')
  return decodeBase64url(value)
}

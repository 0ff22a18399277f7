/**
 * The key management algorithms: all that is known of each, in one table.
 *
 * What never gets a row: RSA1_5 (Bleichenbacher's oracle) and PBES2 (the sender sets how long the receiver works).
 */

import { TokenError } from '../errors.ts'
import type { Key, KeyManagementAlgorithm } from '../jwk/key.ts'
import { aesKeyWrap } from './aes-key-wrap.ts'
import { direct } from './direct.ts'
import { ecdhEs } from './ecdh-es.ts'
import type { KeyManagement } from './key-management.ts'
import { rsaOaep } from './rsa-oaep.ts'

const keyManagements: Readonly<Record<KeyManagementAlgorithm, KeyManagement>> = {
  dir: direct,
  A128KW: aesKeyWrap,
  A256KW: aesKeyWrap,
  'ECDH-ES': ecdhEs('direct'),
  'ECDH-ES+A128KW': ecdhEs({ wrapKeyBytes: 16 }),
  'ECDH-ES+A256KW': ecdhEs({ wrapKeyBytes: 32 }),
  'RSA-OAEP': rsaOaep('sha1'),
  'RSA-OAEP-256': rsaOaep('sha256'),
}

/** @throws {TokenError} `key_unusable` for a signature key. */
export function keyManagementOf(key: Key): KeyManagement {
  if (!Object.hasOwn(keyManagements, key.alg)) throw new TokenError('key_unusable', 'the key is not for encryption')
  return keyManagements[key.alg as KeyManagementAlgorithm]
}

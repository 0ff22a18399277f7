/**
 * Finding a weak secret of an API offline: session keys are derived from it and from what can be read in the token, so one
 * recorded sealed request says of every guess whether it is right, and nobody notices.
 */

import { hkdfSync } from 'node:crypto'

import { deriveSessionKey } from '@countersign/protocol'
import type { HkdfInput, SessionKeyFacts } from '@countersign/protocol'

import type { Attack } from '../../attacks/attack.ts'
import { makeCommonKeys } from '../../attacks/common-keys.ts'
import { readPayload } from '../../attacks/jwt-forgeries.ts'
import { attackContents, deliverAsItWas } from './content-scene.ts'
import { fieldOf } from './passing-request.ts'
import { makeTag, openBody, parseSealed } from './sealed-body.ts'

export const guessApiSecret: Attack = attackContents(async ({ alices, makeSealed }) => {
  const recorded = makeSealed()
  await deliverAsItWas(alices, recorded)
  // All but the secret is known, and the same for each guess.
  const input = deriveSessionKey(
    Buffer.alloc(32),
    'seal-req',
    factsOf(readPayload(fieldOf(recorded, 'Authorization'))),
    (each) => each,
  )
  const body = parseSealed(recorded.body)
  const secrets = makeCommonKeys()
  // Half of the key is for the tag.
  const found = secrets.find((secret) => makeTag(body, hkdf({ ...input, secret, lengthBytes: 32 })).equals(body.tag))
  if (found !== undefined) {
    const text = openBody(recorded.body, hkdf({ ...input, secret: found }))
    return { gotIn: true, evidence: `the secret is ${found.toString('hex')}; her payment: ${String(text)}` }
  }
  return { gotIn: false, evidence: `none of ${secrets.length} common secrets made the key of the recorded payment` }
})

function factsOf(claims: Readonly<Record<string, unknown>>): SessionKeyFacts {
  const [issuer = '', audience = '', clientId = '', tokenId = ''] = ['iss', 'aud', 'client_id', 'jti'].map((name) =>
    String(claims[name]),
  )
  return { issuer, audience, clientId, tokenId, jkt: (claims['cnf'] as { readonly jkt: string }).jkt }
}

function hkdf({ secret, info, lengthBytes }: HkdfInput): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', info, lengthBytes))
}

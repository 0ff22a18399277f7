/**
 * What is read where the answers of the server are read, and what it is good for. With alice's session keys, what she seals
 * is read, and sealed anew with another payment in it, as long as nothing but the seal is about the body: her proof is not.
 */

import type { Attack } from '../../attacks/attack.ts'
import { readPayload } from '../../attacks/jwt-forgeries.ts'
import { alice, readSessionKeys } from '../customer.ts'
import type { Bank, SessionKeys } from '../customer.ts'
import { readOnWire } from '../scene.ts'
import { signByHmac } from './altered-signatures.ts'
import { attackContents, countCodes, deliver } from './content-scene.ts'
import { fieldOf, theft } from './passing-request.ts'
import type { PassingRequest } from './passing-request.ts'
import { openBody, sealBody } from './sealed-body.ts'

export const eavesdrop: Attack = attackContents(async ({ alices, attackers, makeSealed, makeSealedAndSigned }) => {
  const [signingIn, asking] = [alices.issuer.exchanges[0], alices.issuer.exchanges.at(-1)]
  const password = /&password=([^&\s]+)/.exec(signingIn?.sent ?? '')?.[1]
  const token = readOnWire(alices, 'access_token')
  const keys = readSessionKeys(asking?.received ?? '')
  const gotIn = password === alice.password && token !== ''
  const read = `read: password=${String(password)}, scope "${String(readPayload(token)['scope'])}"`
  if (keys === undefined) return { gotIn, evidence: `${read}, no session keys` }
  const [sealed, both] = [makeSealed(), makeSealedAndSigned()]
  const inSealed = await deliver(attackers, sealAnew(sealed, attackers, keys), 'sealed anew with the key that was read')
  const body = sealAnew(both, attackers, keys).body
  const inBoth = [
    await deliver(attackers, { ...both, body }, "the same, under alice's signature"),
    await deliver(attackers, signByHmac(both, attackers, keys.signing, body), 'and signed with the key that was read'),
  ]
  const opened = `in a sealed payment ${String(openBody(sealed.body, keys.sealing))}`
  const changed = `sealed anew as ${theft}: ${countCodes([inSealed])}, and where it is signed too: ${countCodes(inBoth)}`
  return { gotIn, evidence: `${read}, ${opened}; ${changed}` }
})

function sealAnew(request: PassingRequest, { url }: Bank, { sealing }: SessionKeys): PassingRequest {
  const accessToken = fieldOf(request, 'Authorization').replace('DPoP ', '')
  const facts = { method: 'POST', url: url + request.path, contentType: 'application/x-www-form-urlencoded' }
  return { ...request, body: sealBody(theft, sealing, { ...facts, accessToken }) }
}

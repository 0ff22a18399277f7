/**
 * The attacker of the product: bytes out, bytes in, against the payments of a guarded bank.
 *
 * Everybody speaks plain HTTP, so that he reads all that passes. Tokens are bound to the key of whoever was given them:
 * what he reads, he cannot use. He has a key of his own, and sends what he recorded as it was, with a proof of his own, and
 * without any.
 */

import { createPublicKey } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'

import type { Attack, AttackName } from '../attacks/attack.ts'
import { commonPasswords } from '../attacks/common-passwords.ts'
import { guessPassword } from '../attacks/guess-password.ts'
import { describe, describeAll, isGranted, judge } from '../attacks/http-attack.ts'
import {
  algNoneTokens,
  confusedTokens,
  forgedToken,
  otherSignatureToken,
  readHeader,
  readPayload,
  resignedToken,
  selfSignedToken,
  strippedTokens,
  tamperedTokens,
} from '../attacks/jwt-forgeries.ts'
import { textMember } from '../wire/http-client.ts'
import * as content from './contents/content-attacks.ts'
import { inTurn } from './contents/content-scene.ts'
import { eavesdrop } from './contents/eavesdrop.ts'
import { guessApiSecret } from './contents/guess-api-secret.ts'
import {
  alice,
  authorize,
  balanceOf,
  bob,
  findBank,
  payment,
  refresh,
  sendPassword,
  sendPayment,
  signIn,
  signInForm,
  tokensOf,
} from './customer.ts'
import { makeProof } from './dpop-proof.ts'
import { findNames } from './find-names.ts'
import { asBearer, attackPayments, boundTo, forgeries, lost, payOnce, payWith, theft, trySending } from './scene.ts'

const farAway = 4_000_000_000

export const productAttacks: Readonly<Record<AttackName, Attack | string>> = {
  'no-token': attackPayments(async ({ attackers }) => judge(await attackers.api.post('/payments', { form: theft }))),
  'forged-token': forgeries((_token, mine) => [
    forgedToken(readPayload(mine), readHeader(mine)),
    selfSignedToken(mine),
  ]),
  'tampered-token': forgeries((token, mine) => [
    { what: 'bound to a key of my own', token: mine },
    ...tamperedTokens(token, {
      ...{ iss: 'https://attacker.example', sub: 'admin', aud: 'https://other.example', scope: 'read pay admin' },
      ...{ exp: farAway, iat: 1, jti: 'another', client_id: 'another', single_use: false, cnf: {} },
    }),
  ]),
  'alg-none': forgeries((_token, mine) => algNoneTokens(mine)),
  'key-confusion': attackPayments(async ({ attackers, tokens }) => {
    const { text } = await attackers.issuer.get('/.well-known/jwks.json')
    const { keys } = JSON.parse(text) as { readonly keys: readonly JsonWebKey[] }
    const secrets = keys.flatMap((jwk) => {
      const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString()
      return [pem, pem.trim(), JSON.stringify(jwk)]
    })
    const mine = boundTo(attackers, tokens.accessToken)
    const underPublicKeys = secrets.map((secret) => resignedToken(mine, secret, {}))
    return payWith([...underPublicKeys, ...confusedTokens(mine)], attackers)
  }),
  // Tokens are signed with a private key: what is guessed is what session keys are derived from.
  'weak-secret-guess': guessApiSecret,
  'mac-stripping': inTurn(
    forgeries((_token, mine) => strippedTokens(mine)),
    content.strippedSeal,
    content.strippedSignature,
  ),
  'expired-token': async (target) => {
    let passedSeconds = 0
    const { url } = await target.start({ now: () => Date.now() / 1000 + passedSeconds })
    // With her key, since it is age that counts here; with proofs that are as old as the token, and new ones.
    const attack = attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
      await balanceOf(alices, alice)
      const { exp, iat } = readPayload(accessToken)
      passedSeconds = Number(exp) - Number(iat) + 6
      const proofs = [0, passedSeconds].map((later) =>
        authorize(alices, accessToken, { method: 'POST', path: '/payments', at: Date.now() / 1000 + later }),
      )
      return trySending(attackers, proofs, theft, `a token of ${passedSeconds} seconds ago`)
    })
    return attack({ ...target, url })
  },
  // Also in the other form that a signature of ECDSA has, which anyone can write.
  'replayed-token': attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    const recorded = await payOnce(alices, accessToken)
    const other = { ...recorded, Authorization: `DPoP ${otherSignatureToken(accessToken).token}` }
    const own = authorize(attackers, accessToken)
    return trySending(attackers, [recorded, other, own, asBearer(accessToken)], theft, 'the recorded token again')
  }),
  // An older access token is good until it is spent or expires; it is refresh tokens that replace one another.
  'stale-token': attackPayments(async ({ alices, attackers, tokens }) => {
    const newer = tokensOf(await refresh(alices, tokens.refreshToken))
    const newest = tokensOf(await refresh(alices, newer.refreshToken))
    const older = [
      await refresh(attackers, tokens.refreshToken, 'the oldest of three refresh tokens'),
      await refresh({ ...attackers, key: alices.key }, tokens.refreshToken, 'the same, by whoever has her key too'),
    ]
    const next = await refresh(alices, newest.refreshToken)
    return {
      gotIn: older.some(isGranted),
      evidence: `${describeAll(older)}; then, for the newest one: ${describe(next)}`,
    }
  }),
  'stolen-token': attackPayments(async ({ attackers, tokens: { accessToken } }) =>
    trySending(
      attackers,
      [authorize(attackers, accessToken), asBearer(accessToken), { Authorization: `DPoP ${accessToken}` }],
      theft,
      "alice's token, which she has not used",
    ),
  ),
  'token-of-other-user': attackPayments(async ({ target, alices, tokens }) => {
    const bobs = await findBank(target, 'bob')
    const { sub } = readPayload(tokens.accessToken)
    const { accessToken } = await signIn(bobs, bob)
    const headers = { ...authorize(bobs, accessToken), 'X-User': 'alice', Cookie: 'user=alice' }
    const form = { ...theft, from: 'alice', sub: String(sub), username: 'alice' }
    const reply = await bobs.api.post(`/payments?from=alice&sub=${String(sub)}`, { headers, form })
    const balance = await balanceOf(alices, alice)
    return { gotIn: balance !== 1000, evidence: `bob got ${describe(reply)}; alice still has $${balance}` }
  }),
  // With the proof that goes with it: it is the place of the token that counts here.
  'token-in-query': attackPayments(async ({ alices, attackers: { api }, tokens: { accessToken } }) => {
    const { DPoP } = authorize(alices, accessToken)
    const read = authorize(alices, accessToken, { method: 'GET', path: '/balance' })
    const replies = [
      await api.post(`/payments?access_token=${accessToken}`, { headers: { DPoP }, form: theft }),
      await api.post(`/payments?Authorization=DPoP%20${accessToken}`, { headers: { DPoP }, form: theft }),
      await api.post('/payments', { headers: { DPoP }, form: { ...theft, access_token: accessToken } }),
      await api.get(`/balance?access_token=${accessToken}`, { headers: { DPoP: read.DPoP } }),
    ]
    return { gotIn: replies.some(isGranted), evidence: describeAll(replies) }
  }),
  eavesdrop,
  'replayed-message': inTurn(
    attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
      const recorded = await payOnce(alices, accessToken)
      const reply = await sendPayment(attackers, recorded, payment, 'the recorded request again')
      return lost(await balanceOf(alices, alice), describe(reply))
    }),
    content.replayedContents,
  ),
  'tampered-message': inTurn(
    attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
      const recorded = await payOnce(alices, accessToken)
      const reply = await sendPayment(attackers, recorded, { to: 'mallory', amount: '900' }, "alice's request, changed")
      return lost(await balanceOf(alices, alice), describe(reply))
    }),
    content.tamperedSeal,
    content.tamperedSignature,
  ),
  'reordered-message': attackPayments(async ({ alices, attackers, tokens }) => {
    const first = authorize(alices, tokens.accessToken)
    const second = authorize(alices, (await signIn(alices, alice)).accessToken)
    const rent = { to: 'landlord', amount: '900' }
    const replies = [
      await sendPayment(attackers, second, rent, "alice's second request, held back"),
      await sendPayment(attackers, first, payment, "alice's first request, held back"),
    ]
    return { gotIn: replies.every(isGranted), evidence: `the second first: ${describeAll(replies)}` }
  }),
  'bit-flip': content.bitFlip,
  'padding-oracle': content.paddingOracle,
  'nonce-reuse': content.nonceReuse,
  // What alice's app has in hand, read while it passed: asked for with a proof of his own, and with the one that was read.
  'session-hijack': attackPayments(async ({ alices, attackers, tokens: { accessToken, refreshToken } }) => {
    const paid = await payOnce(alices, accessToken)
    const { issuer, clientId, audience } = attackers
    const asked = { DPoP: /^DPoP: (.*)$/m.exec(alices.issuer.exchanges.at(-1)?.sent ?? '')?.[1] ?? '' }
    const form = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: clientId, resource: audience }
    const replies = [
      await refresh(attackers, refreshToken, "alice's refresh token, read on the wire"),
      await issuer.post('/oauth/token', { headers: asked, form, note: 'the same, with the proof that alice sent' }),
      await issuer.post('/oauth/token', { form, note: 'the same, without a proof' }),
    ]
    const token = replies.map((reply) => textMember(reply, 'access_token')).find((text) => text !== undefined)
    const last = await sendPayment(attackers, token === undefined ? paid : authorize(attackers, token), theft)
    return { gotIn: [...replies, last].some(isGranted), evidence: describeAll([...replies, last]) }
  }),
  // By an app that has the key: each time with a new proof, so that the token alone can tell.
  race: attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    const uses = Array.from({ length: 100 }, () => authorize(alices, accessToken))
    const one = { to: 'shop', amount: '1' }
    const replies = await Promise.all(uses.map((headers) => sendPayment(attackers, headers, one)))
    const granted = replies.filter(isGranted).length
    const balance = await balanceOf(alices, alice)
    return {
      gotIn: granted > 1 || balance < 999,
      evidence: `${granted} of 100 uses at once were granted; alice has $${balance}`,
    }
  }),
  // The rules of the product refuse the common passwords themselves. Hers passes, and is the last that he tries.
  'password-guess': async (target) => {
    // On a server of its own: it goes on refusing for a while.
    const { url } = await target.start({ extra: {} })
    const bank = await findBank({ ...target, url }, 'attacker')
    return guessPassword(
      async (password) => {
        const reply = await sendPassword(bank, { ...alice, password })
        return { isIn: isGranted(reply), answer: `${reply.status} ${String(textMember(reply, 'error'))}` }
      },
      [...commonPasswords, alice.password],
    )
  },
  'user-enumeration': findNames,
  // With her key: it is what is there twice that counts here.
  'duplicate-field': attackPayments(async ({ alices, attackers, tokens: { accessToken, refreshToken } }) => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const signInTwice = `${new URLSearchParams(signInForm(attackers, bob)).toString()}&username=alice`
    const ask = { grant_type: 'refresh_token', client_id: attackers.clientId, refresh_token: refreshToken }
    const askTwice = `${new URLSearchParams({ ...ask, single_use: 'true' }).toString()}&single_use=false`
    const proven = { ...form, DPoP: makeProof(alices.key, { method: 'POST', url: `${alices.issuerUrl}/oauth/token` }) }
    const { Authorization, DPoP } = authorize(alices, accessToken)
    const replies = [
      await attackers.issuer.post('/oauth/authorize-challenge', { headers: form, body: signInTwice }),
      await attackers.issuer.post('/oauth/token', { headers: proven, body: askTwice }),
      await sendPayment(attackers, { Authorization: ['DPoP x', Authorization], DPoP }, theft),
      await sendPayment(attackers, { Authorization, DPoP: ['x', DPoP] }, theft),
      await attackers.api.post('/payments', {
        headers: { ...form, Authorization, DPoP },
        body: 'to=a&amount=1&amount=900',
      }),
    ]
    return { gotIn: replies.some(isGranted), evidence: describeAll(replies) }
  }),
  'oversized-message': attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    const long = 'a'.repeat(1024 * 1024)
    const replies = [
      await sendPassword(attackers, { username: 'alice', password: long }),
      await sendPayment(attackers, authorize(alices, accessToken), { ...theft, to: long }),
    ]
    const balance = await balanceOf(alices, alice)
    const gotIn = replies.some(isGranted) || balance !== 1000
    return { gotIn, evidence: `1 MiB: ${describeAll(replies)}; then alice signs in and has $${balance}` }
  }),
}

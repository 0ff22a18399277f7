/**
 * The attacker of the product: bytes out, bytes in, against the payments of a guarded bank.
 *
 * Everybody speaks plain HTTP, so that he reads all that passes. What still gets in is what bearer tokens leave open: an
 * unspent one is as good as cash, for whatever payment. TLS keeps him from reading; tokens bound to a key and signed
 * requests, which the product does not have yet, will keep him from using what he read.
 */

import { createPublicKey } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'

import { blocked, succeeded } from '../attacks/attack.ts'
import type { Attack, AttackName, Target } from '../attacks/attack.ts'
import { commonPasswords } from '../attacks/common-passwords.ts'
import { guessPassword } from '../attacks/guess-password.ts'
import { describe, describeAll, isGranted, judge, tryForgeries } from '../attacks/http-attack.ts'
import type { Attempt } from '../attacks/http-attack.ts'
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
import type { Forgery } from '../attacks/jwt-forgeries.ts'
import { tellNamesApart } from '../attacks/names-apart.ts'
import { textMember } from '../wire/http-client.ts'
import {
  alice,
  balanceOf,
  bearer,
  bob,
  findBank,
  pay,
  payment,
  refresh,
  sendPassword,
  signIn,
  signInForm,
  tokensOf,
} from './customer.ts'
import type { Bank, Tokens } from './customer.ts'

interface Scene {
  readonly target: Target
  /** What alice exchanges with it, the attacker has recorded. */
  readonly alices: Bank
  readonly attackers: Bank
  /** Alice's, which she has not used yet. */
  readonly tokens: Tokens
}

const theft = { to: 'mallory', amount: '1000' }
const farAway = 4_000_000_000

export const productAttacks: Readonly<Record<AttackName, Attack | string>> = {
  'no-token': attackPayments(async ({ attackers }) => judge(await attackers.api.post('/payments', { form: theft }))),
  'forged-token': forgeries((token) => [forgedToken(readPayload(token), readHeader(token)), selfSignedToken(token)]),
  'tampered-token': forgeries((token) =>
    tamperedTokens(token, {
      ...{ iss: 'https://attacker.example', sub: 'admin', aud: 'https://other.example', scope: 'read pay admin' },
      ...{ exp: farAway, iat: 1, jti: 'another', client_id: 'another', single_use: false },
    }),
  ),
  'alg-none': forgeries(algNoneTokens),
  'key-confusion': attackPayments(async ({ attackers, tokens }) => {
    const { text } = await attackers.issuer.get('/.well-known/jwks.json')
    const { keys } = JSON.parse(text) as { readonly keys: readonly JsonWebKey[] }
    const secrets = keys.flatMap((jwk) => {
      const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'spki' }).toString()
      return [pem, pem.trim(), JSON.stringify(jwk)]
    })
    const underPublicKeys = secrets.map((secret) => resignedToken(tokens.accessToken, secret, {}))
    return payWith([...underPublicKeys, ...confusedTokens(tokens.accessToken)], attackers)
  }),
  'weak-secret-guess': 'Access tokens are signed with a private key: there is no secret that people chose.',
  'mac-stripping': forgeries(strippedTokens),
  'expired-token': async (target) => {
    let passedSeconds = 0
    const { url } = await target.start({ now: () => Date.now() / 1000 + passedSeconds })
    const attack = attackPayments(async ({ alices, attackers, tokens }) => {
      await balanceOf(alices, alice)
      const { exp, iat } = readPayload(tokens.accessToken)
      const lifetimeSeconds = Number(exp) - Number(iat)
      passedSeconds = lifetimeSeconds + 6
      return judge(await pay(attackers, tokens.accessToken, theft, `a token of ${passedSeconds} seconds ago`))
    })
    return attack({ ...target, url })
  },
  // Also in the other form that a signature of ECDSA has, which anyone can write.
  'replayed-token': attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    await payOnce(alices, accessToken)
    return payWith(
      [{ what: 'the recorded token again', token: accessToken }, otherSignatureToken(accessToken)],
      attackers,
    )
  }),
  // An older access token is good until it is spent or expires; it is refresh tokens that replace one another.
  'stale-token': attackPayments(async ({ alices, attackers, tokens }) => {
    const newer = tokensOf(await refresh(alices, tokens.refreshToken))
    const older = await refresh(attackers, tokens.refreshToken, 'the older of two refresh tokens')
    const next = await refresh(alices, newer.refreshToken)
    return { gotIn: isGranted(older), evidence: `${describe(older)}; then, for the newer one: ${describe(next)}` }
  }),
  'stolen-token': attackPayments(async ({ attackers, tokens }) =>
    judge(await pay(attackers, tokens.accessToken, theft, "alice's token, which she has not used")),
  ),
  'token-of-other-user': attackPayments(async ({ target, alices, tokens }) => {
    const bobs = await findBank(target, 'bob')
    const { sub } = readPayload(tokens.accessToken)
    const headers = { ...bearer((await signIn(bobs, bob)).accessToken), 'X-User': 'alice', Cookie: 'user=alice' }
    const form = { ...theft, from: 'alice', sub: String(sub), username: 'alice' }
    const reply = await bobs.api.post(`/payments?from=alice&sub=${String(sub)}`, { headers, form })
    const balance = await balanceOf(alices, alice)
    return { gotIn: balance !== 1000, evidence: `bob got ${describe(reply)}; alice still has $${balance}` }
  }),
  'token-in-query': attackPayments(async ({ attackers: { api }, tokens: { accessToken } }) => {
    const replies = [
      await api.post(`/payments?access_token=${accessToken}`, { form: theft }),
      await api.post(`/payments?Authorization=Bearer%20${accessToken}`, { form: theft }),
      await api.post('/payments', { form: { ...theft, access_token: accessToken } }),
      await api.get(`/balance?access_token=${accessToken}`),
    ]
    return { gotIn: replies.some(isGranted), evidence: describeAll(replies) }
  }),
  eavesdrop: attackPayments(async ({ alices }) => {
    const password = /&password=([^&\s]+)/.exec(alices.issuer.exchanges[0]?.sent ?? '')?.[1]
    const token = recorded(alices, 'access_token')
    const gotIn = password === alice.password && token !== ''
    return {
      gotIn,
      evidence: `read on the wire: password=${String(password)}, scope "${String(readPayload(token)['scope'])}"`,
    }
  }),
  'replayed-message': attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    await payOnce(alices, accessToken)
    const reply = await pay(attackers, accessToken, payment, 'the recorded request again')
    return lost(await balanceOf(alices, alice), describe(reply))
  }),
  'tampered-message': attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    await payOnce(alices, accessToken)
    const reply = await pay(attackers, accessToken, { to: 'mallory', amount: '900' }, "alice's request, changed")
    return lost(await balanceOf(alices, alice), describe(reply))
  }),
  'reordered-message': attackPayments(async ({ alices, attackers, tokens }) => {
    const later = await signIn(alices, alice)
    const replies = [
      await pay(attackers, later.accessToken, { to: 'landlord', amount: '900' }, "alice's second request, held back"),
      await pay(attackers, tokens.accessToken, payment, "alice's first request, held back"),
    ]
    return { gotIn: replies.every(isGranted), evidence: `the second first: ${describeAll(replies)}` }
  }),
  'bit-flip': 'Nothing is encrypted: there is no envelope.',
  'padding-oracle': 'Nothing is encrypted: there is no padding.',
  'nonce-reuse': 'There are no nonces: the token itself counts once.',
  // What alice's app has in hand, read while it passed.
  'session-hijack': attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    await payOnce(alices, accessToken)
    const reply = await refresh(attackers, recorded(alices, 'refresh_token'), "alice's refresh token, read on the wire")
    const token = textMember(reply, 'access_token')
    return token === undefined ? judge(reply) : judge(await pay(attackers, token, { ...theft, amount: '900' }))
  }),
  race: attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    const replies = await Promise.all(
      Array.from({ length: 100 }, () => pay(attackers, accessToken, { to: 'shop', amount: '1' })),
    )
    const granted = replies.filter(isGranted).length
    const balance = await balanceOf(alices, alice)
    return {
      gotIn: granted > 1 || balance < 999,
      evidence: `${granted} of 100 uses at once were granted; alice has $${balance}`,
    }
  }),
  // The rules of the product refuse the common passwords themselves. Hers passes, and is the last that he tries.
  'password-guess': async (target) => {
    const bank = await findBank(target, 'attacker')
    return guessPassword(
      async (password) => {
        const reply = await sendPassword(bank, { ...alice, password })
        return { isIn: isGranted(reply), answer: `${reply.status} ${String(textMember(reply, 'error'))}` }
      },
      [...commonPasswords, alice.password],
    )
  },
  'user-enumeration': findNames,
  'duplicate-field': attackPayments(async ({ attackers, tokens: { accessToken, refreshToken } }) => {
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const signInTwice = `${new URLSearchParams(signInForm(attackers, bob)).toString()}&username=alice`
    const ask = { grant_type: 'refresh_token', client_id: attackers.clientId, refresh_token: refreshToken }
    const askTwice = `${new URLSearchParams({ ...ask, single_use: 'true' }).toString()}&single_use=false`
    const replies = [
      await attackers.issuer.post('/oauth/authorize-challenge', { headers: form, body: signInTwice }),
      await attackers.issuer.post('/oauth/token', { headers: form, body: askTwice }),
      await attackers.api.post('/payments', {
        headers: { Authorization: ['Bearer x', `Bearer ${accessToken}`] },
        form: theft,
      }),
      await attackers.api.post('/payments', {
        headers: { ...form, ...bearer(accessToken) },
        body: 'to=a&amount=1&amount=900',
      }),
    ]
    return { gotIn: replies.some(isGranted), evidence: describeAll(replies) }
  }),
  'oversized-message': attackPayments(async ({ alices, attackers, tokens: { accessToken } }) => {
    const long = 'a'.repeat(1024 * 1024)
    const replies = [
      await sendPassword(attackers, { username: 'alice', password: long }),
      await pay(attackers, accessToken, { ...theft, to: long }),
    ]
    const balance = await balanceOf(alices, alice)
    const gotIn = replies.some(isGranted) || balance !== 1000
    return { gotIn, evidence: `1 MiB: ${describeAll(replies)}; then alice signs in and has $${balance}` }
  }),
}

/** An attack on a bank at which alice has just signed in. */
function attackPayments(act: (scene: Scene) => Promise<Attempt>): Attack {
  return async (target) => {
    const alices = await findBank(target, 'alice')
    const attackers = await findBank(target, 'attacker')
    const { gotIn, evidence } = await act({ target, alices, attackers, tokens: await signIn(alices, alice) })
    return gotIn ? succeeded(evidence) : blocked(evidence)
  }
}

/** Forgeries made from a token of alice's that was seen and is still unspent. */
function forgeries(make: (token: string) => readonly Forgery[]): Attack {
  return attackPayments(({ attackers, tokens }) => payWith(make(tokens.accessToken), attackers))
}

function payWith(forged: readonly Forgery[], bank: Bank): Promise<Attempt> {
  return tryForgeries(forged, ({ token, what }) => pay(bank, token, { ...theft, amount: '900' }, what))
}

async function payOnce(bank: Bank, token: string): Promise<void> {
  const reply = await pay(bank, token, payment)
  if (!isGranted(reply)) throw new Error(`alice could not pay: ${describe(reply)}`)
}

/** Alice had 1000 and paid 100. */
function lost(balance: number, answer: string): Attempt {
  return { gotIn: balance !== 900, evidence: `${answer}; alice has $${balance}` }
}

/** A member of the last answer that alice got from the server. */
function recorded({ issuer }: Bank, member: string): string {
  const received = issuer.exchanges.at(-1)?.received ?? ''
  return new RegExp(`"${member}":"([^"]+)"`).exec(received)?.[1] ?? ''
}

/**
 * The product makes those wait who guess at an account, or from an address. So there are many of both: the attacker
 * goes on to the next instead of waiting.
 */
async function findNames(target: Target): ReturnType<Attack> {
  const { url } = await target.start({ extra: { people: '50', 'trusted-proxies': '127.0.0.1' } })
  const bank = await findBank({ ...target, url }, 'attacker')
  const registrations = await Promise.all(
    ['known-1', 'nobody-1'].map(async (username) => {
      const reply = await bank.issuer.post('/api/users', {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ username, password: 'a password nobody has' }),
      })
      return describe(reply).replaceAll(username, 'NAME')
    }),
  )
  if (registrations[0] !== registrations[1]) return succeeded(`registrations: ${registrations.join(' · ')}`)
  let next = 0
  return tellNamesApart({
    known: 'known',
    unknown: 'nobody',
    ask: async (kind) => {
      const form = signInForm(bank, { username: `${kind}-${next}`, password: 'a password nobody has' })
      const headers = { 'X-Forwarded-For': `203.0.113.${next}` }
      const reply = await bank.issuer.post('/oauth/authorize-challenge', { headers, form })
      const members = JSON.parse(reply.text) as Readonly<Record<string, unknown>>
      // Made up for each sign-in.
      return JSON.stringify({ status: reply.status, ...members, auth_session: typeof members['auth_session'] })
    },
    waitAMinute: () => void (next += 1),
  })
}

/**
 * The attacks on what a request holds, sealed or signed, by somebody on the way between alice and the bank: see
 * `content-scene.ts`.
 *
 * What is refused has spent nothing: he tries as often as he likes with the one proof that alice's app made.
 */

import type { Attack } from '../../attacks/attack.ts'
import { effectSize } from '../../attacks/effect-size.ts'
import { changePlaintextByte, flipBits } from '../../attacks/flip-bits.ts'
import type { Attempt } from '../../attacks/http-attack.ts'
import type { HttpReply } from '../../wire/http-client.ts'
import { alice, balanceOf } from '../customer.ts'
import { flipEachBit, rearrange, respell, rewriteHeader, stripTag } from './altered-seals.ts'
import { changeSigned, stripSignature } from './altered-signatures.ts'
import {
  attackContents,
  countCodes,
  deliver,
  deliverAll,
  deliverAsItWas,
  inTurn,
  isTaken,
  tryInstead,
} from './content-scene.ts'
import type { ContentScene } from './content-scene.ts'
import { fieldOf, theft } from './passing-request.ts'
import type { PassingRequest } from './passing-request.ts'
import { decodeHeader, formatSealed, parseSealed } from './sealed-body.ts'

export const bitFlip: Attack = attackContents(async (scene) => {
  const held = scene.makeSealed()
  return tryBodies(scene, held, flipEachBit(held.body))
})

/** Another payment of what was sealed, without the key. He knows how payments are written, and that hers is one. */
export const tamperedSeal: Attack = attackContents(async (scene) => {
  const recorded = scene.makeSealed()
  const answer = await deliver(scene.alices, recorded)
  const held = scene.makeSealed()
  const body = parseSealed(held.body)
  const amountAt = 'to=shop&amount='.length
  const oneToFive = 0x31 ^ 0x35
  const bodies = [
    formatSealed(changePlaintextByte(body, amountAt, oneToFive)),
    formatSealed(changePlaintextByte(body, 0, 1)),
    ...[...rearrange(body, parseSealed(recorded.body)), ...rewriteHeader(body)].map(formatSealed),
    ...respell(held.body),
    // What the bank has sealed, as if it were a request.
    answer.text,
  ]
  return tryBodies(scene, held, bodies)
})

/** Another payment under what was signed: by an app that has no session keys, and by one whose keys he has read. */
export const tamperedSignature: Attack = inTurn(
  attackContents(tamperSigned, 'no-session-keys'),
  attackContents(tamperSigned),
)

/** The tag left out; and the seal itself, with a payment of his own in its place. */
export const strippedSeal: Attack = attackContents(async (scene) => {
  const held = scene.makeSealed()
  const unsealed = ['application/x-www-form-urlencoded', 'application/jose', 'application/jose, text/plain'].map(
    (type) => ({ ...held, headers: { ...held.headers, 'Content-Type': type }, body: theft }),
  )
  const stripped = stripTag(held.body).map((text) => ({ ...held, body: text }))
  return tryInstead(scene, held, [...unsealed, ...stripped])
})

export const strippedSignature: Attack = attackContents(async (scene) => {
  const held = scene.makeSigned()
  return tryInstead(scene, held, stripSignature(held))
})

/** What arrived arrives again, as it was. */
export const replayedContents: Attack = attackContents(async ({ alices, attackers, makeSealed, makeSigned }) => {
  const recorded = [makeSealed(), makeSigned()]
  for (const request of recorded) await deliverAsItWas(alices, request)
  const before = await balanceOf(alices, alice)
  const replies = await deliverAll(attackers, recorded)
  const lost = before - (await balanceOf(alices, alice))
  const evidence = `a sealed and a signed request again: ${countCodes(replies)}; $${lost} moved`
  return { gotIn: replies.some(isTaken) || lost !== 0, evidence }
})

/**
 * What was sealed, signed or proven once, in a request that is otherwise new. He on the way has the proof of a request that
 * he held back; the others are by an app that has the keys, since it is the nonce that counts there.
 */
export const nonceReuse: Attack = attackContents(async ({ alices, attackers, makeSealed, makeSigned }) => {
  const jti = 'a proof that is used twice'
  const recorded = { sealed: makeSealed({ jti }), signed: makeSigned() }
  for (const request of Object.values(recorded)) await deliverAsItWas(alices, request)
  const usedSeal = String(decodeHeader(parseSealed(recorded.sealed.body))['nonce'])
  const usedSignature = /nonce="([^"]*)"/.exec(fieldOf(recorded.signed, 'Signature-Input'))?.[1] ?? ''
  const proof = fieldOf(makeSealed(), 'DPoP')
  const attempts = [
    ['an old seal with a new proof', { ...recorded.sealed, headers: { ...recorded.sealed.headers, DPoP: proof } }],
    ['a new seal with an old nonce', makeSealed({ nonce: usedSeal })],
    ['a new signature with an old nonce', makeSigned({ nonce: usedSignature })],
    ['a new seal with an old proof', makeSealed({ jti })],
  ] as const
  const seen: string[] = []
  let gotIn = false
  for (const [what, request] of attempts) {
    const reply = await deliver(attackers, request, what)
    gotIn ||= isTaken(reply)
    seen.push(`${what}: ${countCodes([reply])}`)
  }
  return { gotIn, evidence: seen.join(', ') }
})

/**
 * Asks the bank about the padding of a payment that he cannot read: all 256 values of its last byte, and whether status,
 * header fields, text or time of an answer tell wrong padding from a wrong tag.
 */
export const paddingOracle: Attack = attackContents(async (scene) => {
  const held = scene.makeSealed()
  const body = parseSealed(held.body)
  const lastAt = body.ciphertext.length - 1
  const guess = (bits: number): PassingRequest => ({
    ...held,
    body: formatSealed(changePlaintextByte(body, lastAt, bits)),
  })
  const guesses = Array.from({ length: 255 }, (_, at) => at + 1)
  const replies = await deliverAll(scene.attackers, guesses.map(guess))
  const looks = replies.map(lookOf)
  // With one byte of padding, the message is whole again: then this value of it is 1, and what it was is known.
  const lone = guesses.filter((_, at) => looks.filter((look) => look === looks[at]).length === 1)
  const size = await timesApart(scene, {
    // No padding is 128 bytes or longer: with this bit it is surely wrong. Without it, only the tag is.
    padding: guess(0x80),
    tag: { ...held, body: formatSealed({ ...body, tag: flipBits(body.tag, 0, 1) }) },
  })
  const seen = `255 guesses: ${countCodes(replies)}; times of ${timeSamples} samples each: effect size ${size.toFixed(2)}`
  if (new Set(looks).size > 1) {
    const bytes = lone.map((bits) => `0x${(bits ^ 1).toString(16).padStart(2, '0')}`)
    return { gotIn: true, evidence: `${seen}; so the last byte is ${bytes.join(' or ')}` }
  }
  if (size > notableEffect) return { gotIn: true, evidence: seen }
  return { gotIn: false, evidence: `${seen}; ${await deliverAsItWas(scene.attackers, held)}` }
})

const timeSamples = 200
const notableEffect = 0.6

function tamperSigned(scene: ContentScene): Promise<Attempt> {
  const held = scene.makeSigned()
  return tryInstead(scene, held, changeSigned(held, scene.attackers, scene.tokens.sessionKeys))
}

function tryBodies(scene: ContentScene, held: PassingRequest, bodies: Iterable<string>): Promise<Attempt> {
  return tryInstead(
    scene,
    held,
    Array.from(bodies, (body) => ({ ...held, body })),
  )
}

/** All that two answers can differ in, but for when they were given. */
function lookOf({ status, headers, text }: HttpReply): string {
  return JSON.stringify([status, { ...headers, date: '' }, text])
}

async function timesApart(
  { attackers }: ContentScene,
  requests: Readonly<Record<'padding' | 'tag', PassingRequest>>,
): Promise<number> {
  const times: Record<'padding' | 'tag', number[]> = { padding: [], tag: [] }
  for (let sample = 0; sample < timeSamples; sample++) {
    const order = ['padding', 'tag'] as const
    for (const kind of sample % 2 === 0 ? order : order.toReversed()) {
      times[kind].push((await deliver(attackers, requests[kind])).milliseconds)
    }
  }
  return effectSize(times.padding, times.tag)
}

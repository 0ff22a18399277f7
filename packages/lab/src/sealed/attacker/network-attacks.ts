/**
 * What a network attacker tries on `sealed`: without a key, with what was recorded or caught on its way, and with the
 * power to put bytes on alice's own connection.
 *
 * A message that he changed has got in as soon as the server reads it, which shows in an answer that is not in clear.
 */

import type { Attack } from '../../attacks/attack.ts'
import { effectSize } from '../../attacks/effect-size.ts'
import { changePlaintextByte, flipBits } from '../../attacks/flip-bits.ts'
import { demoUsers } from '../../passwords.ts'
import { formatLogin, hashPassword } from '../client.ts'
import { formatEnvelope, openEnvelope, parseEnvelope, sealEnvelope } from '../envelope.ts'
import { flipEachBit, rearrange, respell, stripMac } from './altered-envelopes.ts'
import { countAnswers, finding, isGranted, sealedAttack } from './stage.ts'
import type { Person } from './stage.ts'

export const macStripping: Attack = alterCaughtTransfer((line) => stripMac(line))

export const bitFlip: Attack = alterCaughtTransfer((line) => flipEachBit(line))

/** He knows what is written where: only what the bytes are under the key he does not. */
export const tamperedMessage: Attack = alterCaughtTransfer((line, alice, plaintext) => {
  const envelope = parseEnvelope(line)
  const [login, first] = alice.recorded.map(({ sent }) => parseEnvelope(sent))
  const amountAt = plaintext.indexOf('amount=') + 'amount='.length
  const oneToNine = 0x31 ^ 0x39
  return [
    formatEnvelope(changePlaintextByte(envelope, amountAt, oneToNine)),
    formatEnvelope(changePlaintextByte(envelope, 0, 1)),
    ...[login, first].flatMap((other) => (other === undefined ? [] : rearrange(envelope, other).map(formatEnvelope))),
    ...respell(line),
    // An answer, sent back as if it were a request.
    ...alice.recorded.map(({ received }) => received),
  ]
})

/** Her transfer is caught on its way and never arrives; what arrives on her connection is what was made of it. */
function alterCaughtTransfer(
  alter: (line: string, alice: Person, plaintext: string) => Iterable<string | Buffer>,
): Attack {
  return sealedAttack(async ({ keys, signIn, read, lossOfAlice }) => {
    const alice = await signIn('alice')
    await alice.client.transfer(1)
    const caught = alice.sealTransfer(1)
    const plaintext = openEnvelope(caught, keys.clientToServer).toString()
    const answers: string[] = []
    const lost = await lossOfAlice(async () => {
      const lines = alter(caught, alice, plaintext)
      answers.push(...(await sendAll(alice, lines)).map(read))
    })
    const wasRead = answers.some((answer) => !isInClear(answer))
    return finding(wasRead || lost > 0, `${answers.length} changed messages, ${countAnswers(answers)}; $${lost} moved`)
  })
}

export const replayedMessage: Attack = sealedAttack(async ({ open, signIn, read, lossOfAlice }) => {
  const alice = await signIn('alice')
  const answers: string[] = []
  await alice.client.transfer(1)
  const lost = await lossOfAlice(async () => {
    const stranger = await open('attacker')
    for (const connection of [alice, stranger]) {
      for (const { sent } of [...alice.recorded].slice(0, 2)) {
        answers.push(read(await connection.send(sent, 'a recorded request again')))
      }
    }
  })
  return finding(lost > 0 || answers.some(isGranted), `${countAnswers(answers)}; $${lost} moved`)
})

/** Two sessions of hers, two transfers: the first is held back until the second has arrived. Nothing is repeated. */
export const reorderedMessage: Attack = sealedAttack(async ({ signIn, read }) => {
  const [phone, laptop] = [await signIn('alice'), await signIn('alice')]
  const [first, second] = [phone.sealTransfer(1), laptop.sealTransfer(2)]
  const answers = [
    read(await laptop.send(second, 'what she sent second, delivered first')),
    read(await phone.send(first, 'what she sent first, held back until now')),
  ]
  return finding(answers.every(isGranted), `the second message, then the first: ${answers.join(', ')}`)
})

/**
 * Asks the server about the padding of a message that he cannot read: all 256 guesses of its last byte, and whether the
 * time of an answer tells wrong padding from a wrong MAC.
 */
export const paddingOracle: Attack = sealedAttack(async ({ signIn, read }) => {
  const alice = await signIn('alice')
  const envelope = parseEnvelope(alice.sealTransfer(1))
  const lastAt = envelope.ciphertext.length - 1
  const guess = (bits: number): string => formatEnvelope(changePlaintextByte(envelope, lastAt, bits))
  const guesses = await sendAll(
    alice,
    Array.from({ length: 255 }, (_, bits) => guess(bits + 1)),
  )

  // No padding is 128 bytes or longer; with this bit it is surely wrong. Without it, only the MAC is.
  const wrongPadding = guess(0x80)
  const wrongMac = formatEnvelope({ ...envelope, mac: flipBits(envelope.mac, 0, 1) })
  const times: Record<'padding' | 'mac', number[]> = { padding: [], mac: [] }
  for (let sample = 0; sample < timeSamples; sample++) {
    times.padding.push(await timeAnswer(alice, wrongPadding))
    times.mac.push(await timeAnswer(alice, wrongMac))
  }
  const size = effectSize(times.padding, times.mac)
  const isTold = new Set(guesses.map(read)).size > 1 || size > notableEffect
  return finding(isTold, `255 guesses, ${countAnswers(guesses.map(read))}; times: effect size ${size.toFixed(2)}`)
})

/** Everything that passed, in every layer that can be taken off without a key. */
export const eavesdrop: Attack = sealedAttack(async ({ signIn }) => {
  const alice = await signIn('alice')
  await alice.client.transfer(1)
  await alice.client.transfer(1)
  const lines = alice.recorded.flatMap(({ sent, received }) => [sent, received])
  const layers = lines.flatMap((line) => {
    const { iv, ciphertext, mac } = parseEnvelope(line)
    return [
      line,
      Buffer.from(line, 'base64').toString(),
      ...[iv, ciphertext, mac].map((part) => part.toString('latin1')),
    ]
  })
  const sought = [
    'alice',
    hashPassword(demoUsers.alice),
    alice.token,
    'password',
    'token',
    'transfer',
    'accepted',
    'nonce',
  ]
  const read = sought.filter((text) => layers.some((layer) => layer.includes(text)))
  // Two equal beginnings would show under one IV, or under none.
  const beginnings = new Set(lines.map((line) => parseEnvelope(line).ciphertext.subarray(0, 16).toString('hex')))
  const isTold = read.length > 0 || beginnings.size < lines.length
  return finding(isTold, `of ${lines.length} lines read: ${read.join(', ') || 'nothing but their lengths'}`)
})

/** Her login and her transfer, caught on their way, each a hundred times at once. Each should count once. */
export const race: Attack = sealedAttack(async ({ open, signIn, keys, stamp, read, lossOfAlice }) => {
  const connections = await Promise.all(Array.from({ length: raceUses }, () => open('attacker')))
  const login = sealEnvelope(formatLogin('alice', hashPassword(demoUsers.alice), stamp()), keys.clientToServer)
  const logins = await Promise.all(connections.map(async (connection) => read(await connection.send(login))))
  const alice = await signIn('alice')
  const transfer = alice.sealTransfer(1)
  const lost = await lossOfAlice(() => sendAll(alice, Array<string>(raceUses).fill(transfer)))
  const evidence = `${raceUses} × one login: ${countAnswers(logins)}; ${raceUses} × one transfer of $1: $${lost} moved`
  return finding(logins.filter(isGranted).length > 1 || lost > 1, evidence)
})

/** A line of 1 MiB, of letters and of a good envelope: the server must not take it, and go on for others. */
export const oversizedMessage: Attack = sealedAttack(async ({ open, keys, stamp, read }) => {
  const attacker = await open('attacker')
  const login = (): string => formatLogin('bob', hashPassword(demoUsers.bob), stamp())
  const padded = login().replace('{', `{"padding":"${'a'.repeat(mebibyte)}",`)
  const answers = [
    read(await attacker.send('A'.repeat(mebibyte), '1 MiB')),
    read(await attacker.send(sealEnvelope(padded, keys.clientToServer), 'a login of 1 MiB')),
  ]
  const after = await open('bob').then(
    (bob) => bob.say(login(), 'log in as bob'),
    () => 'nobody answers',
  )
  const gotIn = answers.some((answer) => !isInClear(answer)) || !isGranted(after)
  return finding(gotIn, `${countAnswers(answers)}; then a login of bob's: ${after}`)
})

const timeSamples = 200
const notableEffect = 0.6
const raceUses = 100
const mebibyte = 2 ** 20

/** As many at once as the server's and the client's buffers hold with ease. */
async function sendAll(person: Person, lines: Iterable<string | Buffer>): Promise<string[]> {
  const answers: string[] = []
  const batch: Promise<string>[] = []
  for (const line of lines) {
    batch.push(person.send(line))
    if (batch.length === 500) answers.push(...(await Promise.all(batch.splice(0))))
  }
  return [...answers, ...(await Promise.all(batch))]
}

async function timeAnswer(person: Person, line: string): Promise<number> {
  const startedAt = performance.now()
  await person.send(line)
  return performance.now() - startedAt
}

function isInClear(answer: string): boolean {
  return answer.startsWith('[!]')
}

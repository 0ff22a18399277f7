/**
 * What an insider tries on `sealed`: bob, who has an account and the pre-shared key. Envelopes do not stop him; tokens,
 * nonces and the binding to a connection do.
 */

import { randomBytes } from 'node:crypto'

import type { Attack, Finding } from '../../attacks/attack.ts'
import { flipBits } from '../../attacks/flip-bits.ts'
import { guessPassword } from '../../attacks/guess-password.ts'
import { createSteppedClock, tellNamesApart } from '../../attacks/names-apart.ts'
import { demoUsers } from '../../passwords.ts'
import { formatLogin, formatTransfer, hashPassword } from '../client.ts'
import type { Stamp } from '../client.ts'
import { formatEnvelope, openEnvelope, parseEnvelope, sealEnvelope } from '../envelope.ts'
import { deriveTokenKeys } from '../keys.ts'
import type { EnvelopeKeys } from '../keys.ts'
import { rearrange, repeatMembers, respell, stripMac } from './altered-envelopes.ts'
import { countAnswers, finding, isGranted, onStage, sealedAttack } from './stage.ts'
import type { Person, Stage } from './stage.ts'

const names = ['username', 'user', 'sub', 'from', 'account', 'id']

export const noToken: Attack = tryTransfers(async ({ stamp }) => {
  const transfers = names.map((name) => `${name}=alice&${withoutToken(stamp())}`)
  return [withoutToken(stamp()), formatTransfer('', 1, stamp()), ...transfers]
})

/** Closed with all keys that he has, around all claims that he can think of. */
export const forgedToken: Attack = tryTransfers(async ({ psk, keys, now, stamp }, bob) => {
  const candidates: EnvelopeKeys[] = [
    keys.clientToServer,
    keys.serverToClient,
    // Should the server have made its own keys from what everybody has.
    ...[Buffer.from(psk, 'hex'), Buffer.alloc(32), randomBytes(32)].map(deriveTokenKeys),
  ]
  const iat = Math.floor(now())
  const claims = { sub: 'alice', iat, exp: iat + 300, jti: makeId(), cid: makeId() }
  const sealed = candidates.flatMap((candidate) => {
    const cid = readConnectionId(bob.token, candidate)
    return [claims, { ...claims, ...cid }].map((each) => sealEnvelope(JSON.stringify(each), candidate))
  })
  const unsealed = [
    JSON.stringify(claims),
    Buffer.from(JSON.stringify(claims)).toString('base64'),
    `alice.${iat}.${'0'.repeat(64)}`,
  ]
  return [...sealed, ...unsealed].map((token) => transferWith(token, stamp()))
})

/** Bob's own token with each byte of each part changed, its parts mixed with those of another, and spelt otherwise. */
export const tamperedToken: Attack = tryTransfers(async ({ stamp, signIn }, { token }) => {
  const envelope = parseEnvelope(token)
  const other = parseEnvelope((await signIn('alice')).token)
  const changed = (['iv', 'ciphertext', 'mac'] as const).flatMap((part) =>
    Array.from(envelope[part], (_, at) => formatEnvelope({ ...envelope, [part]: flipBits(envelope[part], at, 1) })),
  )
  const tokens = [...changed, ...rearrange(envelope, other).map(formatEnvelope), ...respell(token), ...stripMac(token)]
  return tokens.map((each) => transferWith(each, stamp()))
})

/** A true token of his, and her name beside it. */
export const tokenOfOtherUser: Attack = sealedAttack(async ({ signIn, stamp, lossOfAlice }) => {
  const bob = await signIn('bob')
  const lost = await lossOfAlice(async () => {
    for (const name of names) await bob.say(`${name}=alice&${transferWith(bob.token, stamp())}`, 'in the name of alice')
  })
  return finding(lost > 0, `${names.length} transfers with her name beside his token; $${lost} of hers moved`)
})

/** Read in the answer to her login, before she used it. */
export const stolenToken: Attack = sealedAttack(async (stage) => {
  const alice = await stage.signIn('alice')
  return useElsewhere(stage, readRecordedToken(stage, alice), [await stage.open('attacker'), await stage.signIn('bob')])
})

/** The same while she works, also from a second login of hers: what is bound is the connection, not the user. */
export const replayedToken: Attack = sealedAttack(async (stage) => {
  const alice = await stage.signIn('alice')
  await alice.client.transfer(1)
  return useElsewhere(stage, readRecordedToken(stage, alice), [await stage.signIn('alice')])
})

export const sessionHijack: Attack = sealedAttack(async (stage) => {
  const alice = await stage.signIn('alice')
  await alice.client.transfer(1)
  const token = readRecordedToken(stage, alice)
  const attacker = await stage.open('attacker')
  // Everything that made the session, once more, and then its token.
  for (const { sent } of [...alice.recorded]) await attacker.send(sent, 'what she sent, again')
  const found = await useElsewhere(stage, token, [attacker, await stage.signIn('alice'), await stage.signIn('bob')])
  const goesOn = await alice.say(transferWith(token, stage.stamp()))
  return { ...found, evidence: `${found.evidence}; her own session: ${goesOn}` }
})

async function useElsewhere(stage: Stage, token: string, connections: readonly Person[]): Promise<Finding> {
  const answers: string[] = []
  const lost = await stage.lossOfAlice(async () => {
    for (const connection of connections) {
      answers.push(await connection.say(transferWith(token, stage.stamp()), "alice's token, another connection"))
    }
  })
  return finding(lost > 0, `her token elsewhere: ${countAnswers(answers)}; $${lost} moved`)
}

/** New messages under nonces that were used: his own and hers, of logins and of transfers, also escaped. */
export const nonceReuse: Attack = tryTransfers(async ({ keys, stamp, signIn }, bob) => {
  const alice = await signIn('alice')
  await alice.client.transfer(1)
  const used = [...bob.recorded, ...alice.recorded].map(({ sent }) => {
    const text = openEnvelope(sent, keys.clientToServer).toString()
    return /nonce(?:":"|=)([\w-]+)/.exec(text)?.[1] ?? ''
  })
  return used.flatMap((nonce) => {
    const { timestamp } = stamp()
    const firstInHex = nonce.charCodeAt(0).toString(16)
    const login = formatLogin('bob', hashPassword(demoUsers.bob), { nonce, timestamp })
    return [
      transferWith(bob.token, { nonce, timestamp }),
      transferWith(bob.token, { nonce: `%${firstInHex}${nonce.slice(1)}`, timestamp }),
      login,
      login.replace(`"${nonce}"`, `"\\u00${firstInHex}${nonce.slice(1)}"`),
    ]
  })
})

/**
 * A field twice, in requests and in the envelope around a good one: whoever checks the one and acts on the other is
 * fooled.
 */
export const duplicateField: Attack = sealedAttack(async ({ signIn, stamp, read }) => {
  const [bob, other] = [await signIn('bob'), await signIn('bob')]
  const login = formatLogin('bob', hashPassword(demoUsers.bob), stamp())
  const texts = [
    `${transferWith(bob.token, stamp())}&amount=1000`,
    `${transferWith(bob.token, stamp())}&%61mount=1000`,
    `${transferWith(bob.token, stamp())}&token=${other.token}`,
    `token=${other.token}&${transferWith(bob.token, stamp())}`,
    `${transferWith(bob.token, stamp())}&nonce=${stamp().nonce}`,
    login.replace('{', '{"username":"alice",'),
    login.replace('}', ',"username":"alice"}'),
    login.replace('}', ',"\\u0075sername":"alice"}'),
  ]
  const answers = await Promise.all([
    ...texts.map((text) => bob.say(text)),
    ...repeatMembers(bob.sealTransfer(1)).map(async (line) => read(await bob.send(line))),
  ])
  return finding(answers.some(isGranted), countAnswers(answers))
})

/** What bob says on his own connection, where nothing of it should be granted, nor alice's money move. */
function tryTransfers(compose: (stage: Stage, bob: Person) => Promise<readonly string[]>): Attack {
  return sealedAttack(async (stage) => {
    const bob = await stage.signIn('bob')
    const texts = await compose(stage, bob)
    let answers: string[] = []
    const lost = await stage.lossOfAlice(async () => {
      answers = await Promise.all(texts.map((text) => bob.say(text)))
    })
    return finding(answers.some(isGranted) || lost > 0, `${countAnswers(answers)}; $${lost} of alice's moved`)
  })
}

export const expiredToken: Attack = async (target) => {
  let ahead = 0
  const now = (): number => Date.now() / 1000 + ahead
  const server = await target.start({ tokenTtlSeconds: 1, now })
  const act = async ({ signIn, stamp }: Stage): Promise<Finding> => {
    const alice = await signIn('alice')
    ahead = 2
    const answer = await alice.say(transferWith(alice.token, stamp()), 'two seconds later')
    return finding(isGranted(answer), answer)
  }
  return onStage(target, act, { server, now })
}

export const passwordGuess: Attack = sealedAttack(async ({ open, stamp }) => {
  const attacker = await open('attacker')
  return guessPassword(async (password) => {
    const answer = await attacker.say(formatLogin('alice', hashPassword(password), stamp()))
    return { isIn: isGranted(answer), answer }
  })
})

export const userEnumeration: Attack = async (target) => {
  const { now, waitAMinute } = createSteppedClock()
  const server = await target.start({ now })
  const act = async ({ open, stamp }: Stage): Promise<Finding> => {
    const attacker = await open('attacker')
    const ask = (name: string): Promise<string> => attacker.say(formatLogin(name, hashPassword('wrong'), stamp()))
    return tellNamesApart({ known: 'alice', unknown: 'alina', ask, waitAMinute })
  }
  return onStage(target, act, { server, now })
}

function transferWith(token: string, stamp: Stamp): string {
  return formatTransfer(token, 1, stamp)
}

function withoutToken(stamp: Stamp): string {
  return transferWith('', stamp).replace('token=&', '')
}

/** What he reads on the wire and opens with the key that all have. */
function readRecordedToken({ keys }: Stage, { recorded }: Person): string {
  const answers = recorded.map(({ received }) => openEnvelope(received, keys.serverToClient).toString())
  return answers.map((answer) => /"token":"([^"]*)"/.exec(answer)?.[1] ?? '').find((token) => token !== '') ?? ''
}

/** The name of his connection, if a key that he has opens his token. */
function readConnectionId(token: string, keys: EnvelopeKeys): object {
  try {
    const { cid } = JSON.parse(openEnvelope(token, keys).toString()) as { readonly cid: string }
    return { cid }
  } catch {
    return {}
  }
}

function makeId(): string {
  return randomBytes(16).toString('base64url')
}

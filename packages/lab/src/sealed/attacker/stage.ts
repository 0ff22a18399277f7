/**
 * Where the attacks on `sealed` play: people with connections of their own, and a way to see whether money moved.
 *
 * A *network* attacker has what passed on the wire, and can put bytes of his own on anybody's connection. An *insider* is
 * bob, who has an account and the pre-shared key: he reads everybody's envelopes and seals what he likes. Whoever it is,
 * the stage itself holds the key, to say what the answers were.
 */

import type { EpochSeconds, JsonObject } from '@countersign/tokens'
import { parseJsonObject } from '@countersign/tokens'

import { NotArrangeable, blocked, succeeded } from '../../attacks/attack.ts'
import type { Attack, Finding, Target } from '../../attacks/attack.ts'
import { demoUsers } from '../../passwords.ts'
import { openLineClient } from '../../wire/line-client.ts'
import { createSealedClient, formatTransfer, makeStamp } from '../client.ts'
import type { SealedClient, Stamp } from '../client.ts'
import { EnvelopeError, openEnvelope, sealEnvelope } from '../envelope.ts'
import { deriveChannelKeys } from '../keys.ts'
import type { ChannelKeys } from '../keys.ts'

/** Somebody on a connection. */
export interface Person {
  readonly client: SealedClient
  /** Of the last login. */
  readonly token: string
  /** The envelopes that passed on this connection so far. */
  readonly recorded: readonly { readonly sent: string; readonly received: string }[]
  /** Puts a line on the connection. Answers the line that comes back. */
  readonly send: (line: string | Uint8Array, note?: string) => Promise<string>
  /** Seals a text and sends it. Answers what the answer says, as `read` does. */
  readonly say: (plaintext: string, note?: string) => Promise<string>
  /** An envelope with a transfer that has not been sent: it was caught on its way, or is still to come. */
  readonly sealTransfer: (amount: number) => string
}

export interface Stage {
  /** In hex. */
  readonly psk: string
  readonly keys: ChannelKeys
  readonly now: () => EpochSeconds
  readonly stamp: () => Stamp
  /** A new connection. */
  readonly open: (from: string) => Promise<Person>
  /** A new connection on which one of the two users has logged in. */
  readonly signIn: (username: keyof typeof demoUsers) => Promise<Person>
  /** In a word: `accepted`, `ok`, the reason of a rejection, or the line itself where it came in clear. */
  readonly read: (line: string) => string
  /** How many dollars alice lost that she did not spend. */
  readonly lossOfAlice: (act: () => Promise<unknown>) => Promise<number>
}

export interface SealedServer {
  readonly url: string
  readonly psk?: string | undefined
}

export interface StageOptions {
  /** Another server than the target's own. */
  readonly server?: SealedServer
  readonly now?: () => EpochSeconds
}

/** Of one connection: some attacks send thousands of lines. */
const mostReported = 40

/** An attack whose people leave when it has ended. */
export function sealedAttack(act: (stage: Stage) => Promise<Finding>): Attack {
  return (target) => onStage(target, act)
}

export async function onStage(
  target: Target,
  act: (stage: Stage) => Promise<Finding>,
  { server = target, now = () => Date.now() / 1000 }: StageOptions = {},
): Promise<Finding> {
  const { url, psk = '' } = server
  if (!/^[0-9a-f]{64}$/i.test(psk)) throw new NotArrangeable('It takes the pre-shared key of the server (--psk).')
  const keys = deriveChannelKeys(Buffer.from(psk, 'hex'))
  const leave: (() => void)[] = []

  async function open(from: string): Promise<Person> {
    let reported = 0
    const line = await openLineClient(url, {
      from,
      report: (exchange) => {
        if (++reported <= mostReported) target.report(exchange)
      },
    })
    leave.push(() => line.close())
    const client = createSealedClient(line, { psk, now })
    let token = ''
    return {
      client: {
        ...client,
        logIn: async (username, password) => {
          const answer = await client.logIn(username, password)
          token = textOf(answer, 'token')
          return answer
        },
      },
      get token() {
        return token
      },
      recorded: line.exchanges,
      send: (text, note) => line.send(text, note),
      say: async (plaintext, note) => read(await line.send(sealEnvelope(plaintext, keys.clientToServer), note)),
      sealTransfer: (amount) => sealEnvelope(formatTransfer(token, amount, makeStamp(now)), keys.clientToServer),
    }
  }

  async function signIn(username: keyof typeof demoUsers): Promise<Person> {
    const person = await open(username)
    const { reason } = await person.client.logIn(username, demoUsers[username])
    if (typeof reason === 'string') throw new NotArrangeable(`The login of ${username} is refused: ${reason}.`)
    return person
  }

  function read(line: string): string {
    try {
      const answer = parseJsonObject(openEnvelope(line, keys.serverToClient))
      return textOf(answer, 'reason') || textOf(answer, 'status')
    } catch (error) {
      if (error instanceof EnvelopeError) return line === '' ? 'no answer' : line
      throw error
    }
  }

  async function lossOfAlice(attack: () => Promise<unknown>): Promise<number> {
    const alice = await signIn('alice')
    const before = await spendOneDollar(alice)
    await attack()
    return before - 1 - (await spendOneDollar(alice))
  }

  try {
    return await act({ psk, keys, now, stamp: () => makeStamp(now), open, signIn, read, lossOfAlice })
  } finally {
    for (const close of leave) close()
  }
}

/** What many answers were, each with how often it came. */
export function countAnswers(answers: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1)
  return [...counts].map(([answer, count]) => `${count} × ${answer}`).join(', ')
}

export function isGranted(answer: string): boolean {
  return answer === 'accepted' || answer === 'ok'
}

export function finding(gotIn: boolean, evidence: string): Finding {
  return gotIn ? succeeded(evidence) : blocked(evidence)
}

/** Her balance afterwards: there is no other way to ask for it. */
async function spendOneDollar(alice: Person): Promise<number> {
  const { balance } = await alice.client.transfer(1)
  if (typeof balance !== 'number') throw new NotArrangeable('Alice has no money left on this server.')
  return balance
}

function textOf(members: JsonObject, name: string): string {
  const value = members[name]
  return typeof value === 'string' ? value : ''
}

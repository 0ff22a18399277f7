/**
 * The benign client of `sealed`: logs in and transfers, and takes no answer but the one to its own request.
 */

import { hash, randomUUID } from 'node:crypto'

import { parseJsonObject } from '@countersign/tokens'
import type { EpochSeconds, JsonObject } from '@countersign/tokens'

import { demoUsers } from '../passwords.ts'
import type { ClientOptions } from '../running-server.ts'
import { openLineClient } from '../wire/line-client.ts'
import type { LineClient } from '../wire/line-client.ts'
import { EnvelopeError, openEnvelope, sealEnvelope } from './envelope.ts'
import { deriveChannelKeys } from './keys.ts'

export type SealedClientErrorCode =
  | 'pre_shared_key_missing'
  | 'answer_unsealed' // in clear, or not sealed by the server: nothing that it says counts
  | 'answer_to_another_request' // a true answer of the server, but swapped or played again

export class SealedClientError extends Error {
  override readonly name = 'SealedClientError'
  readonly code: SealedClientErrorCode

  constructor(code: SealedClientErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface SealedClient {
  logIn(username: string, password: string): Promise<JsonObject>
  /** With the token of the last login. */
  transfer(amount: number): Promise<JsonObject>
}

export interface SealedClientOptions {
  /** In hex. */
  readonly psk: string
  /** The time in seconds. */
  readonly now?: () => EpochSeconds
  /** What envelopes hold, for those who watch. */
  readonly print?: (line: string) => void
}

/** What makes a request count once, and only now. */
export interface Stamp {
  readonly nonce: string
  readonly timestamp: EpochSeconds
}

export async function runSealedClient(url: string, { psk, report, print }: ClientOptions): Promise<void> {
  if (psk === undefined || !/^[0-9a-f]{64}$/i.test(psk)) {
    throw new SealedClientError(
      'pre_shared_key_missing',
      'the pre-shared key of the server is needed: --psk <64 hex digits>',
    )
  }
  const line = await openLineClient(url, { report })
  try {
    const client = createSealedClient(line, { psk, ...(print === undefined ? {} : { print }) })
    await client.logIn('alice', demoUsers.alice)
    await client.transfer(100)
  } finally {
    line.close()
  }
}

/** Its methods throw a {@link SealedClientError} where the answer is not one to take. */
export function createSealedClient(line: Pick<LineClient, 'send'>, options: SealedClientOptions): SealedClient {
  const { psk, now = () => Date.now() / 1000, print } = options
  const keys = deriveChannelKeys(Buffer.from(psk, 'hex'))
  let token = ''

  async function ask(plaintext: string, nonce: string, note: string): Promise<JsonObject> {
    const received = await line.send(sealEnvelope(plaintext, keys.clientToServer), note)
    print?.(`inside the request: ${plaintext}`)
    const text = openAnswer(received)
    print?.(`inside the answer: ${text.toString()}`)
    const answer = parseJsonObject(text)
    if (answer['re'] === nonce) return answer
    throw new SealedClientError('answer_to_another_request', 'the answer is not the one to this request')
  }

  function openAnswer(received: string): Buffer {
    try {
      return openEnvelope(received, keys.serverToClient)
    } catch (cause) {
      if (!(cause instanceof EnvelopeError)) throw cause
      throw new SealedClientError('answer_unsealed', 'the answer was not sealed by the server', { cause })
    }
  }

  return {
    logIn: async (username, password) => {
      const stamp = makeStamp(now)
      const answer = await ask(
        formatLogin(username, hashPassword(password), stamp),
        stamp.nonce,
        `log in as ${username}`,
      )
      token = typeof answer['token'] === 'string' ? answer['token'] : ''
      return answer
    },
    transfer: (amount) => {
      const stamp = makeStamp(now)
      return ask(formatTransfer(token, amount, stamp), stamp.nonce, `transfer $${amount}`)
    },
  }
}

export function makeStamp(now: () => EpochSeconds): Stamp {
  return { nonce: randomUUID(), timestamp: Math.floor(now()) }
}

export function formatLogin(username: string, passwordHash: string, { nonce, timestamp }: Stamp): string {
  return JSON.stringify({ username, password_hash: passwordHash, nonce, timestamp })
}

/** The token needs no escapes: it is the base64 of plain JSON, which never makes a `+`. */
export function formatTransfer(token: string, amount: number, { nonce, timestamp }: Stamp): string {
  return `token=${token}&action=transfer&amount=${amount}&nonce=${nonce}&timestamp=${timestamp}`
}

/** What travels instead of the password, and is as good as the password to whoever reads it. */
export function hashPassword(password: string): string {
  return hash('sha256', password)
}

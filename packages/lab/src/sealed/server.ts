/**
 * The server of `sealed`: encrypted, authenticated, fresh, bound.
 *
 * It knows what a connection is called, which nonces were spent and how much money is left. What a request must meet is
 * `checks.ts`'s concern, how bytes become lines the line server's.
 */

import { memoryReplayStore } from '@countersign/guard'

import type { RunningServer, ServerOptions } from '../running-server.ts'
import { readHexSecret } from '../secrets.ts'
import { createThrottle } from '../throttle.ts'
import { startLineServer } from '../wire/line-server.ts'
import type { AnswerLine } from '../wire/line-server.ts'
import { openAccounts } from './accounts.ts'
import { sealedChecks } from './checks.ts'
import type { SealedChecks } from './checks.ts'
import { EnvelopeError, sealEnvelope } from './envelope.ts'
import { deriveChannelKeys, deriveTokenKeys } from './keys.ts'
import { parseNonce, parseRequest, readMessage } from './messages.ts'
import type { LoginRequest, TransactionRequest } from './messages.ts'
import { Rejection } from './rejection.ts'
import { issueToken, makeId } from './token.ts'

interface Connection {
  /** The `cid` of the tokens that are issued on it. */
  readonly id: string
  readonly address: string
}

export async function startSealedServer(
  options: ServerOptions,
  checks: SealedChecks = sealedChecks,
): Promise<RunningServer> {
  const { tokenTtlSeconds = 300, now = () => Date.now() / 1000, trace } = options
  const preSharedKey = readHexSecret('LAB_SEALED_PSK', options)
  const channel = deriveChannelKeys(preSharedKey.bytes)
  const tokenKeys = deriveTokenKeys(readHexSecret('LAB_SEALED_TOKEN_KEY', options).bytes)
  const accounts = await openAccounts()
  const nonces = memoryReplayStore({ clock: now })
  const throttle = createThrottle({ now })

  function connect(address: string): AnswerLine {
    const connection = { id: makeId(), address }
    return async (line) => {
      try {
        const plaintext = checks.envelope(line, channel.clientToServer)
        trace?.({ from: 'client', to: 'server', text: `inside: ${Buffer.from(plaintext).toString()}` })
        const answer = JSON.stringify(await answerMessage(plaintext, connection))
        trace?.({ from: 'server', to: 'client', text: `inside: ${answer}` })
        return sealEnvelope(answer, channel.serverToClient)
      } catch (error) {
        // One text for whatever is wrong with an envelope: two would tell a guesser how far he got.
        if (error instanceof EnvelopeError) return '[!] Message rejected.'
        throw error
      }
    }
  }

  async function answerMessage(plaintext: Uint8Array, connection: Connection): Promise<object> {
    let nonce: string | undefined
    try {
      const message = readMessage(plaintext)
      nonce = parseNonce(message)
      const request = parseRequest(message)
      for (const check of Object.values(checks.request)) check({ request, nonces, now: now() })
      const answer = request.kind === 'login' ? await logIn(request, connection) : transfer(request, connection)
      return { ...answer, re: nonce }
    } catch (error) {
      if (error instanceof Rejection) return { status: 'rejected', reason: error.code, re: nonce }
      throw error
    }
  }

  async function logIn(request: LoginRequest, { id, address }: Connection): Promise<object> {
    await checks.credentials({ request, address, accounts, throttle })
    const facts = { subject: request.username, connectionId: id, now: now(), lifetimeSeconds: tokenTtlSeconds }
    return { status: 'ok', token: issueToken(facts, tokenKeys), expires_in: tokenTtlSeconds }
  }

  function transfer(request: TransactionRequest, { id: connectionId }: Connection): object {
    const claims = checks.token(request.token, tokenKeys)
    const account = accounts.find(claims.sub)
    if (account === undefined) throw new Rejection('invalid_token')
    const presented = { request, claims, account, connectionId, now: now() }
    for (const check of Object.values(checks.transaction)) check(presented)
    // Nothing is awaited since the funds were checked: no other transfer comes between.
    account.balance -= Number(request.amount)
    return { status: 'accepted', action: request.action, amount: Number(request.amount), balance: account.balance }
  }

  // People think between two transactions, and their tokens are bound to the connection.
  const server = await startLineServer(connect, options, { idleSeconds: 300 })
  const psk = preSharedKey.bytes.toString('hex')
  return { ...server, psk, ...(preSharedKey.isMade ? { facts: { 'pre-shared key': psk } } : {}) }
}

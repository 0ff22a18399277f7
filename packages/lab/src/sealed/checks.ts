/**
 * What is asked of a request, in this order; the first check that does not hold refuses it. Each is a function of its
 * own, so that a test can leave one out and see the attack succeed that it stops.
 */

import { GuardError, spendId } from '@countersign/guard'
import type { MemoryReplayStore } from '@countersign/guard'
import type { EpochSeconds } from '@countersign/tokens'

import type { Throttle } from '../throttle.ts'
import type { Account, Accounts } from './accounts.ts'
import { openEnvelope } from './envelope.ts'
import type { EnvelopeKeys } from './keys.ts'
import type { LoginRequest, SealedRequest, TransactionRequest } from './messages.ts'
import { Rejection } from './rejection.ts'
import { openToken } from './token.ts'
import type { TokenClaims } from './token.ts'

export interface PresentedRequest {
  readonly request: SealedRequest
  /** In seconds, not rounded. */
  readonly now: EpochSeconds
  readonly nonces: MemoryReplayStore
}

export interface PresentedLogin {
  readonly request: LoginRequest
  readonly address: string
  readonly accounts: Accounts
  readonly throttle: Throttle
}

export interface PresentedTransaction {
  readonly request: TransactionRequest
  readonly claims: TokenClaims
  /** The account of the token's subject. */
  readonly account: Account
  readonly connectionId: string
  readonly now: EpochSeconds
}

type TransactionCheck = 'expiry' | 'connection' | 'action' | 'amount' | 'funds'

export interface SealedChecks {
  /** What an envelope holds, once its MAC has shown who sealed it. */
  readonly envelope: (line: string, keys: EnvelopeKeys) => Uint8Array
  /** Of every request. */
  readonly request: Readonly<Record<'freshness' | 'nonce', (presented: PresentedRequest) => void>>
  readonly credentials: (presented: PresentedLogin) => Promise<void>
  readonly token: (token: string, keys: EnvelopeKeys) => TokenClaims
  readonly transaction: Readonly<Record<TransactionCheck, (presented: PresentedTransaction) => void>>
}

const mostSecondsOff = 60
/** From the latest clock that a message may come from to the earliest: what is older is stale, so its nonce may go. */
const nonceSeconds = 2 * mostSecondsOff

export const sealedChecks: SealedChecks = {
  envelope: openEnvelope,
  request: {
    freshness: ({ request, now }) => {
      if (!(Math.abs(now - request.timestamp) <= mostSecondsOff)) throw new Rejection('stale_message')
    },
    // Spent before the checks that follow: a request that one of them refuses has still been used.
    nonce: ({ request, nonces, now }) => {
      // Kept for more than 120 s, not just for 120: at that very second, a message may still be fresh.
      if (spend(nonces, request.nonce, Math.floor(now + nonceSeconds) + 1) !== 'spent') {
        throw new Rejection('replayed_nonce')
      }
    },
  },
  credentials: async ({ request: { username, passwordHash }, address, accounts, throttle }) => {
    const matches = (): Promise<boolean> => accounts.matchesPassword(username, passwordHash)
    const { status } = await throttle.guess(username, address, matches)
    if (status === 'throttled') throw new Rejection('throttled')
    if (status === 'wrong') throw new Rejection('bad_credentials')
  },
  token: openToken,
  transaction: {
    expiry: ({ claims, now }) => {
      if (!(now < claims.exp)) throw new Rejection('token_expired')
    },
    connection: ({ claims, connectionId }) => {
      if (claims.cid !== connectionId) throw new Rejection('session_mismatch')
    },
    action: ({ request }) => {
      if (request.action !== 'transfer') throw new Rejection('unknown_action')
    },
    amount: ({ request }) => {
      if (!/^[1-9][0-9]{0,14}$/.test(request.amount)) throw new Rejection('invalid_amount')
    },
    funds: ({ request, account }) => {
      if (Number(request.amount) > account.balance) throw new Rejection('insufficient_funds')
    },
  },
}

function spend(nonces: MemoryReplayStore, nonce: string, until: EpochSeconds): 'spent' | 'replayed' {
  try {
    return nonces.spend(spendId('seal', nonce), until)
  } catch (cause) {
    // Not remembered, so not accepted: there is no room, or the clock went back behind what was forgotten.
    if (cause instanceof GuardError) throw new Rejection('busy', { cause })
    throw cause
  }
}

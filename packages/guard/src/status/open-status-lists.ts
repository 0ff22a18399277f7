/**
 * Whether tokens are revoked, told offline by the status lists of their issuer.
 *
 * Here a token's reference is found and remembered; each list is polled in `polled-list.ts`.
 */

import { parseStatusClaim, statusListBase } from '@countersign/protocol'
import type { JwtClaims } from '@countersign/tokens'
import { parseIssuerUri } from '../fetch-text.ts'
import { GuardError } from '../guard-error.ts'
import { polledList } from './polled-list.ts'
import type { PolledList, PolledListOptions } from './polled-list.ts'

export interface StatusListsOptions extends Omit<PolledListOptions, 'closing'> {
  readonly issuer: string
}

export interface StatusLists {
  /**
   * Refuses a verified token that is revoked, or of which nobody can say that it is not. A promise only where there is a
   * list to wait for.
   *
   * @throws {GuardError} `token_revoked`, `status_missing`, `token_claim_invalid`, `status_list_refused`,
   * `status_unavailable`, `status_list_invalid`
   */
  check(claims: JwtClaims): void | Promise<void>
  /** Ends the polling. */
  close(): void
}

interface Place {
  readonly list: PolledList
  readonly idx: number
}

/** @throws {TypeError} if the issuer is neither at https nor on this machine. */
export function openStatusLists({ issuer, ...options }: StatusListsOptions): StatusLists {
  const base = parseIssuerUri(statusListBase(issuer))
  const closing = new AbortController()
  const lists = new Map<string, PolledList>()
  /** By the claims of a token, which are one object for as long as its signature is remembered. */
  const places = new WeakMap<JwtClaims, Place>()

  const find = (claims: JwtClaims): Place => {
    const { status } = claims
    if (status === undefined) throw new GuardError('status_missing', 'the token refers to no status list')
    const reference = parseStatusClaim(status)
    if (reference === undefined) throw new GuardError('token_claim_invalid', "the claim 'status' is malformed")
    const place = { list: lists.get(reference.uri) ?? open(reference.uri), idx: reference.idx }
    places.set(claims, place)
    return place
  }

  const open = (uri: string): PolledList => {
    // A number and nothing else: no path that leads elsewhere, and no second spelling of a list.
    if (!uri.startsWith(base) || !/^(?:0|[1-9]\d{0,8})$/.test(uri.slice(base.length))) {
      throw new GuardError('status_list_refused', 'the token refers to a list that is not of its issuer')
    }
    const list = polledList(uri, { ...options, closing: closing.signal })
    lists.set(uri, list)
    return list
  }

  return {
    check(claims) {
      const { list, idx } = places.get(claims) ?? find(claims)
      return list.check(idx)
    },
    close: () => closing.abort(),
  }
}

/**
 * The key rings: one signs access and ID tokens, one signs status lists, and no key does both.
 *
 * Both are published in one JWK Set, where "cs_use" tells them apart. How a ring lives: `rotating-ring.ts`.
 */

import { statusKeyUse } from '@countersign/protocol'
import type { Jwk, Key, KeyState, RingKey, RingPolicy } from '@countersign/tokens'
import type { Clock, EpochSeconds } from '../clock.ts'
import { longestAccessTokenSeconds } from '../store/records.ts'
import type { Store } from '../store/records.ts'
import { openRotatingRing } from './rotating-ring.ts'
import type { RotatingRing } from './rotating-ring.ts'
import type { SigningAlgorithm } from './stored-ring.ts'

/** What the keys of a ring sign: access and ID tokens, or status lists. */
export type RingName = 'token' | 'status'

export interface KeyRings {
  /**
   * The active private key of an algorithm: signs tokens now.
   *
   * @throws {KeyRingError} `key_ring_stale`
   */
  signingKey(alg: SigningAlgorithm): Promise<Key>
  /**
   * The active private key that signs status lists: ES256.
   *
   * @throws {KeyRingError} `key_ring_stale`
   */
  statusKey(): Promise<Key>
  /**
   * Public keys of tokens, all that live (next, active, retired).
   *
   * @throws {KeyRingError} `key_ring_stale`
   */
  verificationKeys(): readonly Key[]
  /**
   * The JWK Set document, ready to serve. Waits for the first key of each line.
   *
   * @throws {KeyRingError} `key_ring_stale`
   */
  jwks(): Promise<{ keys: PublishedJwk[] }>
  /**
   * Brings a successor into a ring (default `token`); answers the one that is published already, if there is one.
   * `at-once`: another one, which signs as soon as every process publishes it.
   */
  rotate(
    alg: SigningAlgorithm,
    when: 'publish-ahead' | 'at-once',
    ring?: RingName,
  ): Promise<{ kid: string; activeAt: EpochSeconds }>
  /** Revokes a key; another takes the place of an active one in the same moment. `false` if unknown or revoked already. */
  revoke(kid: string): Promise<boolean>
  list(): Promise<readonly ListedKey[]>
  close(): void
}

export type ListedKey = RingKey & { readonly ring: RingName; readonly state: KeyState }

/** A key that signs something else than tokens says what. */
export type PublishedJwk = Jwk & { readonly cs_use?: typeof statusKeyUse }

export interface KeyRingDeps {
  readonly store: Pick<Store, 'signingKeys'>
  readonly masterKey: Key
  readonly clock: Clock
  /** Told of failures in the background (reading the store, rotating ahead of need), which are tried again. */
  readonly onError?: (error: unknown) => void
  /** Default `defaultRingPolicy`. */
  readonly policy?: RingPolicy
  /** Who rotates and revokes, for the audit trail. Default `system`. */
  readonly actor?: string
}

export const defaultRingPolicy: RingPolicy = {
  rotateEverySeconds: 90 * 24 * 3600,
  // Guards refetch the JWK Set at least every 60 s: a key signs when each has had two chances to learn it.
  publishAheadSeconds: 120,
  // Until the last token that the key signed is dead, with clocks a minute apart both ways; the rest is for a process
  // that learns late that it should sign with another.
  graceSeconds: longestAccessTokenSeconds + 600,
}

const tokenAlgorithms = ['ES256', 'RS256'] as const
const statusAlgorithm = 'ES256'

/**
 * Opens the rings. At the first start it makes the ES256 keys at once and the RS256 key, which takes a second, behind.
 *
 * @throws {KeyRingError} `master_key_mismatch`
 */
export async function openKeyRings(deps: KeyRingDeps): Promise<KeyRings> {
  const { store, masterKey, clock, onError, policy = defaultRingPolicy, actor = 'system' } = deps
  const common = { signingKeys: store.signingKeys, masterKey, clock, onError, policy, actor }
  const opening = [
    openRotatingRing({ ...common, ring: 'token', algorithms: tokenAlgorithms }),
    openRotatingRing({ ...common, ring: 'status', algorithms: [statusAlgorithm] }),
  ] as const
  const [token, status] = await openBoth(opening)
  const rings = { token, status }
  return {
    signingKey: (alg) => token.signingKey(alg),
    statusKey: () => status.signingKey(statusAlgorithm),
    verificationKeys: () => token.published().map(({ publicKey }) => publicKey),
    async jwks() {
      await Promise.all([...tokenAlgorithms.map((alg) => token.signingKey(alg)), status.signingKey(statusAlgorithm)])
      const ofStatus = status.published().map(({ publicJwk }) => ({ ...publicJwk, cs_use: statusKeyUse }))
      return { keys: [...token.published().map(({ publicJwk }) => publicJwk), ...ofStatus] }
    },
    async rotate(alg, when, ring = 'token') {
      if (ring === 'status' && alg !== statusAlgorithm) throw new TypeError('status lists are signed by ES256 alone')
      return rings[ring].rotate(alg, when)
    },
    revoke: async (kid) => (await token.revoke(kid)) || (await status.revoke(kid)),
    async list() {
      const listed = (['token', 'status'] as const).map(async (ring) =>
        (await rings[ring].list()).map((key) => ({ ...key, ring })),
      )
      return (await Promise.all(listed)).flat()
    },
    close() {
      token.close()
      status.close()
    },
  }
}

/** Of two that are opened at once, leaves none open if the other fails. */
async function openBoth(
  opening: readonly [Promise<RotatingRing>, Promise<RotatingRing>],
): Promise<readonly [RotatingRing, RotatingRing]> {
  try {
    return await Promise.all(opening)
  } catch (error) {
    for (const one of await Promise.allSettled(opening)) if (one.status === 'fulfilled') one.value.close()
    throw error
  }
}

/**
 * The secrets that the server shares with APIs, from which the session keys of tokens are derived. Kept sealed under the
 * master key; each has a version, so that it can be changed while tokens of the last one live.
 */

import { randomBytes, randomInt } from 'node:crypto'
import { apiSecretBytes } from '@countersign/protocol'
import type { Key } from '@countersign/tokens'
import { makeEvent } from '../audit/audit.ts'
import type { Clock, EpochSeconds } from '../clock.ts'
import { longestAccessTokenSeconds } from '../store/records.ts'
import type { ApiSecret, ApiStore } from '../store/records.ts'
import { sealSecret, unsealSecret } from './sealed-key.ts'

export interface OpenApiSecret {
  readonly version: number
  /** 32 bytes. */
  readonly secret: Uint8Array
  readonly activeAt: EpochSeconds
}

export interface ApiSecrets {
  /**
   * Answers what session keys are derived from now; `undefined` if the API has no secret yet.
   *
   * @throws {KeyRingError} `master_key_mismatch`
   */
  active(audience: string): Promise<OpenApiSecret | undefined>
  /**
   * Answers what the API needs, newest first: secrets that tokens name, or will.
   *
   * @throws {KeyRingError} `master_key_mismatch`
   */
  list(audience: string): Promise<readonly OpenApiSecret[]>
  /** Makes the next version, to be used from `activeAt` on. `undefined` if there is no such API with session keys by then. */
  make(audience: string, activeAt: EpochSeconds): Promise<OpenApiSecret | undefined>
}

export interface ApiSecretsDeps {
  readonly apis: Pick<ApiStore, 'insertSecret' | 'listSecrets'>
  readonly masterKey: Key
  readonly clock: Clock
  /** Who makes secrets, for the audit trail. Default `system`. */
  readonly actor?: string
}

/**
 * By chance, and not 1: an API that lost its secrets, or that was deleted and made again, would name by it another secret
 * than guards know that were not told, and they would take what the lost one signs.
 */
const firstVersion = (): number => randomInt(1, 2 ** 30)

/** For clocks that differ, and for a process that learns late that there is another version. */
const graceSeconds = 60

export function apiSecrets({ apis, masterKey, clock, actor = 'system' }: ApiSecretsDeps): ApiSecrets {
  const open = ({ audience, version, sealedSecret, activeAt }: ApiSecret): OpenApiSecret => {
    return { version, secret: unsealSecret(sealedSecret, { audience, version }, masterKey), activeAt }
  }
  return {
    async active(audience) {
      const now = clock()
      const secret = (await apis.listSecrets(audience)).find(({ activeAt }) => activeAt <= now)
      return secret && open(secret)
    },
    async list(audience) {
      const secrets = await apis.listSecrets(audience)
      const firstToken = clock() - longestAccessTokenSeconds - graceSeconds
      // From the newest to that which was in use when the oldest token that still lives was made.
      const oldest = secrets.findIndex(({ activeAt }) => activeAt <= firstToken)
      return (oldest === -1 ? secrets : secrets.slice(0, oldest + 1)).map(open)
    },
    async make(audience, activeAt) {
      const secret = randomBytes(apiSecretBytes)
      for (;;) {
        const [newest] = await apis.listSecrets(audience)
        const version = newest === undefined ? firstVersion() : newest.version + 1
        const event = makeEvent(clock, { type: 'api_secret.created', actor, detail: { audience, version } })
        const sealedSecret = sealSecret(secret, { audience, version }, masterKey)
        const record = { audience, version, sealedSecret, createdAt: clock(), activeAt }
        const outcome = await apis.insertSecret(record, event)
        if (outcome === 'inserted') return { version, secret, activeAt }
        if (outcome === 'refused') return undefined
      }
    },
  }
}

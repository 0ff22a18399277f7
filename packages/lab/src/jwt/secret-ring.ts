/**
 * The secrets of `jwt`: the newest signs, a replaced one verifies for its grace. Which does what, and when, is the key
 * ring's rule (`@countersign/tokens`); here the secrets are made and kept.
 */

import { randomBytes, randomUUID } from 'node:crypto'
import { activeKey, planRotation, publishedKeys, secretKey } from '@countersign/tokens'
import type { Key, RingKey, RotationTime } from '@countersign/tokens'

import type { StoredSecret } from './database.ts'

export interface SecretRing {
  /** The key that signs. */
  newest(): Key
  /** The keys that verify, the newest first. */
  live(): readonly Key[]
  /** Makes a new secret now. */
  rotate(): void
  /** Makes one if it is due: to be called now and then, since nobody may ask for a key for long. */
  rotateWhenDue(): void
}

export interface SecretRingOptions {
  readonly database: {
    secrets(): readonly StoredSecret[]
    replaceSecrets(secrets: readonly StoredSecret[]): void
  }
  /** In seconds. */
  readonly now: () => number
  readonly rotateEverySeconds: number
  readonly graceSeconds: number
  /** The very first secret; random unless given. */
  readonly firstSecret: Uint8Array | undefined
}

interface RingSecret extends RingKey {
  readonly bytes: Buffer
  readonly key: Key
}

const alg = 'HS256'
// Who rotates every second with a long grace has many that live.
const mostSecrets = 10_000

export function openSecretRing(options: SecretRingOptions): SecretRing {
  const { database, now, rotateEverySeconds, graceSeconds, firstSecret } = options
  const policy = { rotateEverySeconds, graceSeconds, publishAheadSeconds: 0 }
  let secrets: readonly RingSecret[] = database.secrets().map(toRingSecret)

  function rotate(when: RotationTime): void {
    const at = now()
    const plan = planRotation(secrets, alg, policy, at, when)
    if (plan === undefined) return
    const bytes = secrets.length === 0 && firstSecret !== undefined ? Buffer.from(firstSecret) : randomBytes(32)
    const { generation, activeAt } = plan.create
    const made = { kid: randomUUID(), generation, createdAt: at, activeAt, retiredAt: null, goneAt: null, bytes }
    const dated = secrets.map((secret) => ({ ...secret, ...plan.changes.find(({ kid }) => kid === secret.kid) }))
    // A secret that is gone is deleted: nobody can tell any more what it signed from what was forged.
    secrets = [...publishedKeys(dated, at), toRingSecret(made)].slice(-mostSecrets)
    database.replaceSecrets(secrets)
  }

  function newest(): RingSecret {
    rotate('when-due')
    const active = activeKey(secrets, alg, now())
    if (active !== undefined) return active
    // The clock was set back to before the newest secret.
    rotate('at-once')
    return newest()
  }

  rotate('at-once')
  return {
    newest: () => newest().key,
    live: () => {
      rotate('when-due')
      return publishedKeys(secrets, now())
        .map(({ key }) => key)
        .reverse()
    },
    rotate: () => rotate('at-once'),
    rotateWhenDue: () => rotate('when-due'),
  }
}

function toRingSecret(stored: StoredSecret): RingSecret {
  // Without key ID: the header of a token is exactly "alg" and "typ".
  return { ...stored, alg, revokedAt: null, key: secretKey(alg, stored.bytes) }
}

/**
 * The fixed examples of `sealed`: keys, envelopes and messages that another implementation made.
 */

import { readFileSync } from 'node:fs'

import type { KeyLabel } from './keys.ts'

interface EnvelopeVector {
  readonly plaintext: string
  readonly ivHex: string
  readonly ciphertextHex: string
  readonly macHex: string
  readonly line: string
}

export interface SealedVectors {
  readonly preSharedKeyHex: string
  readonly tokenKeyHex: string
  readonly keysHex: Readonly<Record<KeyLabel, string>>
  readonly token: EnvelopeVector
  readonly messages: readonly (EnvelopeVector & { readonly name: string; readonly direction: 'c2s' | 's2c' })[]
}

export const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/lab/sealed.json', import.meta.url), 'utf8'),
) as SealedVectors

/**
 * Which signatures the guard accepts, before any cryptography: what must be covered, what must be said, and when.
 *
 * Pure. Whether the signature holds is verified in `verify-request-signature.ts`.
 */

import {
  isRequestNonce,
  maxSignatureSeconds,
  sealedRequestField,
  signatureAlgorithms,
  signatureTag,
} from '@countersign/protocol'
import type { SignatureAlgorithm, SignatureComponent } from '@countersign/protocol'
import type { EpochSeconds } from '@countersign/tokens'
import type { BareItem } from 'structured-headers'
import { GuardError } from '../../guard-error.ts'
import type { CoveredComponent } from './find-signature.ts'

export interface SignatureParams {
  readonly created: EpochSeconds
  readonly expires: EpochSeconds
  readonly nonce: string
  readonly keyid: string
  readonly alg: SignatureAlgorithm
}

const required = ['@method', '@target-uri', 'authorization']
/** Fields that hold the signature itself. */
const refusedFields = ['signature', 'signature-input']
/** Far above what a request has to be covered: each is looked for among all header fields. */
const maxComponents = 64
const fieldName = /^[a-z0-9!#$%&'*+.^_`|~-]+$/

/**
 * Answers what is covered: the method, the target and the token, and any header fields, whole, each once.
 *
 * @throws {GuardError} `signature_component_refused`, `signature_component_missing`
 */
export function checkComponents(components: readonly CoveredComponent[]): readonly SignatureComponent[] {
  if (components.length > maxComponents) {
    throw new GuardError('signature_component_refused', `the signature covers more than ${maxComponents} components`)
  }
  const covered: SignatureComponent[] = []
  for (const { name, hasParams } of components) {
    if (typeof name !== 'string' || hasParams || !isKnown(name) || covered.some((other) => other.name === name)) {
      throw new GuardError(
        'signature_component_refused',
        'the signature covers what is not taken here, or a component twice',
      )
    }
    covered.push({ name })
  }
  for (const name of required) {
    if (!covered.some((component) => component.name === name)) throw notCovered(name)
  }
  return covered
}

/** What a request says with them changes what it does: the content, how it is read, and which call it is. */
const coveredWherePresent = ['content-digest', 'content-encoding', 'idempotency-key', sealedRequestField]

/**
 * Refuses a request that has a field which its signature must cover, and does not.
 *
 * @throws {GuardError} `signature_component_missing`
 */
export function checkFields(components: readonly SignatureComponent[], has: (name: string) => boolean): void {
  for (const name of coveredWherePresent) {
    if (!components.some((component) => component.name === name) && has(name)) throw notCovered(name)
  }
}

function notCovered(name: string): GuardError {
  return new GuardError('signature_component_missing', `the signature does not cover "${name}"`)
}

function isKnown(name: string): boolean {
  return name.startsWith('@') ? required.includes(name) : fieldName.test(name) && !refusedFields.includes(name)
}

const names = ['created', 'expires', 'nonce', 'keyid', 'alg', 'tag']

/**
 * Answers the parameters: all that we know, and no others.
 *
 * @throws {GuardError} `signature_parameter_missing`, `signature_parameter_invalid`, `signature_algorithm_refused`
 */
export function checkParams(params: ReadonlyMap<string, BareItem>): SignatureParams {
  for (const name of names) {
    if (!params.has(name)) {
      throw new GuardError('signature_parameter_missing', `the signature lacks the parameter "${name}"`)
    }
  }
  for (const name of params.keys()) if (!names.includes(name)) throw invalid(name)
  const [created, expires, nonce, keyid, alg, tag] = names.map((name) => params.get(name))
  if (!isInstant(created)) throw invalid('created')
  if (!isInstant(expires) || expires <= created || expires - created > maxSignatureSeconds) throw invalid('expires')
  if (!isRequestNonce(nonce)) throw invalid('nonce')
  if (typeof keyid !== 'string' || keyid === '') throw invalid('keyid')
  if (typeof alg !== 'string') throw invalid('alg')
  if (tag !== signatureTag) throw invalid('tag')
  if (!isAlgorithm(alg))
    throw new GuardError('signature_algorithm_refused', 'the signature algorithm is not taken here')
  return { created, expires, nonce, keyid, alg }
}

function isInstant(value: BareItem | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0
}

function isAlgorithm(alg: string): alg is SignatureAlgorithm {
  return signatureAlgorithms.some((known) => known === alg)
}

function invalid(name: string): GuardError {
  return new GuardError('signature_parameter_invalid', `the signature's parameter "${name}" is not taken here`)
}

/** @throws {GuardError} `signature_in_future`, `signature_expired` */
export function checkTimes(
  { created, expires }: SignatureParams,
  { now, clockSkewSeconds }: { readonly now: EpochSeconds; readonly clockSkewSeconds: number },
): void {
  if (!(created <= now + clockSkewSeconds)) {
    throw new GuardError('signature_in_future', 'the signature was made in the future')
  }
  if (!(now < expires + clockSkewSeconds)) throw new GuardError('signature_expired', 'the signature has expired')
}

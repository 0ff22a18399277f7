/**
 * The header of a DPoP proof (RFC 9449 §4.2): its type, its algorithm, and the public key that it is signed with.
 *
 * A client repeats its header from proof to proof. Those whose signature held are remembered by their exact bytes, so
 * that a returning client's key is parsed, checked and hashed once.
 */

import { dpopAlgorithms, dpopProofType } from '@countersign/protocol'
import type { DpopAlgorithm } from '@countersign/protocol'
import { parseEncodedJsonObject, parseJwk, thumbprint, TokenError } from '@countersign/tokens'
import type { Jwk, Key } from '@countersign/tokens'
import { boundedMemory } from '../../bounded-memory.ts'
import { GuardError } from '../../guard-error.ts'

export interface ProofKey {
  readonly key: Key
  /** Its thumbprint (RFC 7638). */
  readonly jkt: string
}

/** Some 3 KiB each. */
const remembered = boundedMemory<ProofKey>(10_000)
/** No client needs half of it. Whoever fills their headers has them parsed each time, and fills no memory. */
const longestRemembered = 1024

/** To be called once a signature with this header has held. */
export function rememberProofKey(encodedHeader: string, proofKey: ProofKey): void {
  if (encodedHeader.length > longestRemembered) return
  // A text of its own: a slice would keep the whole proof alive.
  remembered.set(Buffer.from(encodedHeader, 'latin1').toString('latin1'), proofKey)
}

export function recallProofKey(encodedHeader: string): ProofKey | undefined {
  return remembered.get(encodedHeader)
}

/** What names a key elsewhere, or demands an extension: the one key is the one inside, and all is understood. */
const refusedMembers = ['crit', 'b64', 'kid', 'jku', 'x5u', 'x5c', 'x5t', 'x5t#S256']
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** What a header says, of the right form: the numbers of its key are yet to be looked at. */
export interface ProofHeader {
  readonly alg: DpopAlgorithm
  readonly jwk: object
}

/**
 * @throws {GuardError} `dpop_proof_malformed`, `dpop_type_mismatch`, `dpop_algorithm_refused`, `dpop_header_refused`,
 * `dpop_key_refused`
 */
export function parseProofHeader(encodedHeader: string): ProofHeader {
  const header = parseHeader(encodedHeader)
  if (header['typ'] !== dpopProofType) {
    throw new GuardError('dpop_type_mismatch', `the DPoP proof is not of type '${dpopProofType}'`)
  }
  const { alg, jwk } = header
  if (!isDpopAlgorithm(alg)) {
    throw new GuardError('dpop_algorithm_refused', 'the DPoP proof is not signed by an algorithm that is taken here')
  }
  const refused = refusedMembers.find((name) => Object.hasOwn(header, name))
  if (refused !== undefined) throw new GuardError('dpop_header_refused', `the DPoP proof's header has a '${refused}'`)
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) throw keyRefused('lacks its key')
  if (privateMembers.some((name) => Object.hasOwn(jwk, name))) throw keyRefused('holds a key that is not public')
  return { alg, jwk }
}

/** @throws {GuardError} `dpop_key_refused` */
export function parseProofKey({ alg, jwk }: ProofHeader): ProofKey {
  try {
    const key = parseJwk(jwk, { alg: alg === 'EdDSA' ? 'Ed25519' : alg })
    // Of the JWK, which is sound by now: to write the key as one again would cost as much as to parse it.
    return { key, jkt: thumbprint(jwk as Jwk) }
  } catch (error) {
    throw error instanceof TokenError ? keyRefused('holds no sound key for its algorithm', error) : error
  }
}

export function keyRefused(what: string, cause?: unknown): GuardError {
  return new GuardError('dpop_key_refused', `the DPoP proof ${what}`, { cause })
}

function parseHeader(encodedHeader: string): Readonly<Record<string, unknown>> {
  try {
    return parseEncodedJsonObject(encodedHeader)
  } catch (cause) {
    throw new GuardError('dpop_proof_malformed', 'the DPoP proof has no JSON header', { cause })
  }
}

function isDpopAlgorithm(alg: unknown): alg is DpopAlgorithm {
  return dpopAlgorithms.some((name) => name === alg)
}

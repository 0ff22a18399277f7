/**
 * What an HTTP message signature signs (RFC 9421 §2.3, §2.5), and how signed requests of Countersign look on the wire.
 *
 * Writing only, and without cryptography: signing is the client's; reading, and what is refused, the guard's.
 */

import { componentValue, formatComponent } from './signature-component.ts'
import type { SignatureComponent, SignedRequest, SignedResponse } from './signature-component.ts'
import { formatFieldBytes, formatFieldInteger, formatFieldString } from './structured-field.ts'

/** The "tag" of the one signature that the guard looks at, and the label that it comes under. */
export const signatureTag = 'countersign'

/** `hmac-sha256` by the session key, the others by the key of the DPoP proof. */
export const signatureAlgorithms = ['hmac-sha256', 'ecdsa-p256-sha256', 'ed25519'] as const

export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

/** How long a signature may hold, from "created" to "expires". */
export const maxSignatureSeconds = 300

/** Answers what every signed request covers; "idempotency-key" and "sealed-request" besides, where it has them. The "@target-uri" is as `normalizeHttpUri` answers it, with its query. */
export function requestComponents(body: 'with-body' | 'without-body'): readonly SignatureComponent[] {
  const names = ['@method', '@target-uri', 'authorization']
  return (body === 'with-body' ? [...names, 'content-digest'] : names).map((name) => ({ name }))
}

/**
 * Answers the value of "@signature-params", which is also the signature's member in Signature-Input. The parameters are
 * written in their order; a signed request has "created", "expires", "nonce", "keyid", "alg" and "tag".
 *
 * @throws {TypeError} for a text beyond printable ASCII, or a number that is no integer.
 * @see RFC 9421 §2.3
 */
export function formatSignatureParams(
  components: readonly SignatureComponent[],
  params: Readonly<Record<string, string | number>>,
): string {
  const written = Object.entries(params).map(([name, value]) => {
    return `;${name}=${typeof value === 'number' ? formatFieldInteger(value) : formatFieldString(value)}`
  })
  return `(${components.map(formatComponent).join(' ')})${written.join('')}`
}

/**
 * Answers the text that is signed; undefined if a component has no value in this message that can be signed.
 *
 * @param signatureParams As `formatSignatureParams` answers it, or as it was received.
 * @see RFC 9421 §2.5
 */
export function signatureBase(
  components: readonly SignatureComponent[],
  signatureParams: string,
  message: SignedRequest | SignedResponse,
): string | undefined {
  let base = ''
  for (const component of components) {
    const value = componentValue(component, message)
    if (value === undefined) return undefined
    base += `${formatComponent(component)}: ${value}\n`
  }
  return `${base}"@signature-params": ${signatureParams}`
}

/** Answers the value of the Signature-Input field. @see RFC 9421 §4.1 */
export function formatSignatureInput(signatureParams: string): string {
  return `${signatureTag}=${signatureParams}`
}

/** Answers the value of the Signature field. @see RFC 9421 §4.2 */
export function formatSignature(signature: Uint8Array): string {
  return `${signatureTag}=${formatFieldBytes(signature)}`
}

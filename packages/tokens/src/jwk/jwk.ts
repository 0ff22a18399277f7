/**
 * The JSON Web Key on the wire (RFC 7517, RFC 7518 §6, RFC 8037 §2).
 */

export interface Jwk {
  readonly kty: string
  readonly kid?: string
  readonly alg?: string
  readonly use?: string
  readonly key_ops?: readonly string[]
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
  readonly k?: string
  readonly d?: string
  readonly p?: string
  readonly q?: string
  readonly dp?: string
  readonly dq?: string
  readonly qi?: string
}

export interface JwkSet {
  readonly keys: readonly Jwk[]
}

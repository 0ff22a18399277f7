/** The JOSE header of a JWE (RFC 7516 §4). */
export interface JweHeader {
  readonly alg: string
  readonly enc: string
  readonly kid?: string
  readonly typ?: string
  readonly cty?: string
  readonly [name: string]: unknown
}

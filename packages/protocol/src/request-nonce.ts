/** The nonces of signed and sealed requests: what makes each good for once. */

const nonce = /^[\x21-\x7e]{16,128}$/

/** Whether it is 16 to 128 visible characters of ASCII. */
export function isRequestNonce(value: unknown): value is string {
  return typeof value === 'string' && nonce.test(value)
}

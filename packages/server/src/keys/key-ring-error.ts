/** Why keys cannot be used. Codes are stable; messages are for people and never hold a key. */
export type KeyRingErrorCode =
  | 'master_key_malformed'
  | 'master_key_mismatch' // the stored keys were sealed under another one, or were tampered with
  | 'master_key_unreadable' // the file of the development key
  | 'key_ring_stale' // the store has not answered for too long: what we know of revocations is old

export class KeyRingError extends Error {
  override readonly name = 'KeyRingError'
  readonly code: KeyRingErrorCode

  constructor(code: KeyRingErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

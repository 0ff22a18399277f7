/** Why the store refused. What it means to a caller is `http/`'s business: mostly a 503. */

/** Codes are stable; messages are for people and may change. */
export type StoreErrorCode =
  | 'data_folder_unusable' // cannot be made, read or written
  | 'store_unreadable' // the file is not a database, or is damaged
  | 'store_too_new' // made by a newer version of Countersign
  | 'store_busy' // another process kept the write lock for too long; nothing was changed
  | 'store_constraint' // a batch broke a rule of the schema: a mistake in our code; nothing was changed
  | 'store_unavailable' // disk full, I/O error, or the store's thread has died
  | 'store_closed'

/** The one error of the store. Its message never holds a stored value. */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

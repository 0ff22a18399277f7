/**
 * The unit of time in tokens. Nothing in this package reads a clock: the caller passes the time in.
 */

/** Seconds since 1970-01-01T00:00:00Z, leap seconds ignored; may have a fraction (RFC 7519 §2, NumericDate). */
export type EpochSeconds = number

/** Time: the one place where the server reads the system's clock. Everything else is handed a `Clock`. */

/** Seconds since 1970-01-01T00:00:00Z, whole unless said otherwise. */
export type EpochSeconds = number

/** Answers the current time in whole seconds. */
export type Clock = () => EpochSeconds

export const systemClock: Clock = () => Math.floor(Date.now() / 1000)

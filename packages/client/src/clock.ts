/** Time, passed in so that tests can choose it. */

/** Seconds since 1970. */
export type Clock = () => number

export const systemClock: Clock = () => Math.floor(Date.now() / 1000)

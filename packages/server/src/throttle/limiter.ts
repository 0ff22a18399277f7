/**
 * The limiter that counts. A file of its own, so as to be loaded at the first attempt and not at start: the package
 * brings its clients of all databases along.
 */

export { RateLimiterMemory } from 'rate-limiter-flexible'

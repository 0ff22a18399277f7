/**
 * When a JWT of the lab is issued and when it ends.
 */

/**
 * In whole seconds, as JWTs have them; to the millisecond where a token lives less than a minute and the rest of a second
 * would be missed.
 */
export function lifetimeFrom(now: number, seconds: number): { readonly issuedAt: number; readonly expiresAt: number } {
  const steps = seconds < 60 ? 1000 : 1
  const issuedAt = Math.floor(now * steps) / steps
  return { issuedAt, expiresAt: Math.round((issuedAt + seconds) * 1000) / 1000 }
}

/**
 * Ten thousand secrets that people choose, the likeliest first: words of tutorials and their combinations, also repeated
 * until they are long enough. Whoever has one recorded token tries them all in less than a second.
 */

const likeliest = [
  'secret',
  'change-me-in-production',
  'your-256-bit-secret',
  'your-secret-key',
  'your_jwt_secret',
  'supersecretkey',
  'a-string-secret-at-least-256-bits-long',
  'please-change-this-secret-in-production',
  'this-is-a-very-long-secret-key-for-jwt',
  'dev-only-fallback-secret-do-not-use',
]

const words = (
  'secret change me changeme key jwt token auth server super private dev test prod production password pass admin my the ' +
  'app api session default example demo insecure please not-safe shared hmac sha256 signing hs256 local root user 123 1234 ' +
  '123456 2024 2025 2026'
).split(' ')

const fewestBytes = 32
const howMany = 10_000

export const commonSecrets: readonly string[] = makeCommonSecrets()

function makeCommonSecrets(): readonly string[] {
  const secrets = new Set(likeliest)
  const pairs = words.flatMap((first) =>
    words.flatMap((second) => ['-', '_', ''].map((between) => `${first}${between}${second}`)),
  )
  for (const text of [...words, ...pairs]) {
    if (secrets.size >= howMany) break
    secrets.add(text)
    // Stretched to what a server asks for.
    secrets.add(text.repeat(Math.ceil(fewestBytes / text.length)))
  }
  return [...secrets].slice(0, howMany)
}

import { expect, test } from 'vitest'
import { dpopTargetUri } from './dpop.ts'

for (const { name, from, to } of [
  { name: 'a query', from: 'https://api.example/a?b=c', to: 'https://api.example/a' },
  { name: 'an empty query', from: 'https://api.example/a?', to: 'https://api.example/a' },
  { name: 'a fragment', from: 'https://api.example/a#b', to: 'https://api.example/a' },
  { name: 'both', from: 'HTTPS://api.example:443?b#c', to: 'https://api.example/' },
  { name: 'neither', from: 'https://api.example/a', to: 'https://api.example/a' },
]) {
  test(`"htu" is the normal target URI without ${name} (RFC 9449 §4.3)`, () => expect(dpopTargetUri(from)).toBe(to))
}

test('what is no http(s) URI has no "htu"', () => {
  for (const uri of ['', '/a', 'ftp://api.example/']) expect(dpopTargetUri(uri)).toBeUndefined()
})

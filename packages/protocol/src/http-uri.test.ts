import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normalizeHttpUri } from './http-uri.ts'

describe('one spelling (RFC 3986 §6.2.2, §6.2.3)', () => {
  for (const { name, from, to } of [
    { name: 'a normal one stays', from: 'https://api.example/a/b.c?d=e', to: 'https://api.example/a/b.c?d=e' },
    { name: 'scheme and host in lower case', from: 'HTTPS://API.example/A', to: 'https://api.example/A' },
    { name: 'an empty path', from: 'https://api.example', to: 'https://api.example/' },
    { name: 'an empty path before a query', from: 'https://api.example?a', to: 'https://api.example/?a' },
    { name: 'the default port of https', from: 'https://api.example:443/', to: 'https://api.example/' },
    { name: 'the default port of http', from: 'http://api.example:080/', to: 'http://api.example/' },
    { name: 'a port that is empty', from: 'https://api.example:/', to: 'https://api.example/' },
    { name: 'another port', from: 'https://api.example:8443/', to: 'https://api.example:8443/' },
    { name: 'the other scheme’s port', from: 'https://api.example:80/', to: 'https://api.example:80/' },
    { name: 'an escape that needs none', from: 'https://api.example/%7euser/%41', to: 'https://api.example/~user/A' },
    { name: 'an escape in lower case', from: 'https://api.example/a%2fb', to: 'https://api.example/a%2Fb' },
    { name: 'an escape in the query', from: 'https://api.example/?a=%c3%a4%2d', to: 'https://api.example/?a=%C3%A4-' },
    { name: 'an escape in the host', from: 'https://%41pi.example/', to: 'https://api.example/' },
    { name: 'dot segments', from: 'https://api.example/a/./b/../c', to: 'https://api.example/a/c' },
    { name: 'dot segments at the end', from: 'https://api.example/a/b/..', to: 'https://api.example/a/' },
    { name: 'dot segments past the root', from: 'https://api.example/../../a', to: 'https://api.example/a' },
    { name: 'nothing but dot segments', from: 'https://api.example/./..', to: 'https://api.example/' },
    { name: 'dots that are escaped', from: 'https://api.example/a/%2E%2e/b', to: 'https://api.example/b' },
    { name: 'dots that are a name', from: 'https://api.example/...', to: 'https://api.example/...' },
    { name: 'empty segments', from: 'https://api.example//a//', to: 'https://api.example//a//' },
    { name: 'a fragment', from: 'https://api.example/a#b?c', to: 'https://api.example/a' },
    {
      name: 'what browsers leave as it is, in the path',
      from: 'https://api.example/a[1]|^',
      to: 'https://api.example/a%5B1%5D%7C%5E',
    },
    {
      name: 'what browsers leave as it is, in the query',
      from: 'https://api.example/?page[size]={1}|^`',
      to: 'https://api.example/?page%5Bsize%5D=%7B1%7D%7C%5E%60',
    },
    { name: 'an IPv6 address', from: 'http://[::1]:80/', to: 'http://[::1]/' },
    { name: 'an empty query, which is one', from: 'https://api.example/?', to: 'https://api.example/?' },
  ]) {
    test(name, () => expect(normalizeHttpUri(from)).toBe(to))
  }
})

describe('no http(s) URI', () => {
  for (const text of [
    '',
    '/a',
    'api.example/a',
    'ftp://api.example/',
    'https:/api.example/',
    'https:///a',
    'https://user@api.example/',
    'https://api.example:65536/',
    'https://api.example:99999/a',
    'https://api.example:x/',
    'https://api.example\\a',
    'https://api.example/a b',
    'https://api.example/a\n',
    ' https://api.example/',
    'https://api.example/ä',
    'https://api.example/%',
    'https://api.example/%4',
    'https://api.example/%zz',
    'https://[::1/',
    'https://[api]/',
  ]) {
    test(JSON.stringify(text), () => expect(normalizeHttpUri(text)).toBeUndefined())
  }
})

test('what is normal stays, and the URL parser of browsers agrees', () => {
  const segment = fc.stringMatching(/^[A-Za-z0-9._~-]{0,5}$/)
  const uri = fc
    .tuple(fc.constantFrom('http', 'https'), fc.constantFrom('a.example', 'A.example:443', 'b:80'), fc.array(segment))
    .map(([scheme, authority, segments]) => `${scheme}://${authority}/${segments.join('/')}`)
  fc.assert(
    fc.property(uri, (text) => {
      const normal = normalizeHttpUri(text)
      expect(normal).toBe(new URL(text).href)
      expect(normalizeHttpUri(normal!)).toBe(normal)
    }),
  )
})

test('a long text is judged in no time', () => {
  const startedAt = performance.now()
  for (const text of [
    `https://${'a.'.repeat(50_000)}!`,
    `https://a/${'%41/'.repeat(25_000)} `,
    `https://a${'/'.repeat(100_000)} `,
  ]) {
    expect(normalizeHttpUri(text)).toBe(text.endsWith('!') ? `${text}/` : undefined)
  }
  expect(performance.now() - startedAt).toBeLessThan(1000)
})

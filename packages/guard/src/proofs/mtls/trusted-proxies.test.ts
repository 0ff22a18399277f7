import { expect, test } from 'vitest'
import { trustedProxies } from './trusted-proxies.ts'

const isTrusted = trustedProxies(['10.0.0.1', '192.0.2.0/24', '2001:db8::1', '2001:db8:1::/48'])

for (const { address, trusted } of [
  { address: '10.0.0.1', trusted: true },
  { address: '::ffff:10.0.0.1', trusted: true },
  { address: '192.0.2.255', trusted: true },
  { address: '2001:db8::1', trusted: true },
  { address: '2001:DB8:1:0::7', trusted: true },
  { address: '10.0.0.2', trusted: false },
  { address: '10.0.0.11', trusted: false },
  { address: '::ffff:10.0.0.2', trusted: false },
  { address: '192.0.3.0', trusted: false },
  { address: '2001:db8::2', trusted: false },
  { address: '2001:db8:2::7', trusted: false },
  { address: '', trusted: false },
  { address: 'proxy', trusted: false },
  { address: undefined, trusted: false },
]) {
  test(`${address ?? 'no address'} is ${trusted ? '' : 'not '}one of them`, () => {
    expect(isTrusted(address)).toBe(trusted)
  })
}

test('of none, nobody is one', () => {
  expect(trustedProxies([])('127.0.0.1')).toBe(false)
})

for (const proxy of ['', 'proxy', '10.0.0.1/', '10.0.0.1/33', '10.0.0.1/8/8', '10.0.0.1/8.0', '::/129', '10.0.0/8']) {
  test(`${JSON.stringify(proxy)} is refused`, () => {
    expect(() => trustedProxies([proxy])).toThrow(TypeError)
  })
}

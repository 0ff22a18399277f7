import { expect, test } from 'vitest'
import { addressBlock } from './address-block.ts'

for (const { address, block } of [
  { address: '192.0.2.7', block: '192.0.2.7' },
  { address: '::ffff:192.0.2.7', block: '192.0.2.7' },
  { address: '::FFFF:c000:0207', block: '192.0.2.7' },
  { address: '2001:db8:1:2:3:4:5:6', block: '2001:db8:1:2::/64' },
  { address: '2001:DB8:1:2::', block: '2001:db8:1:2::/64' },
  { address: '2001:0db8:0001:0002:ffff::1', block: '2001:db8:1:2::/64' },
  { address: '2001:db8::1', block: '2001:db8:0:0::/64' },
  { address: 'fe80::1%eth0', block: 'fe80:0:0:0::/64' },
  { address: '::1', block: '0:0:0:0::/64' },
  { address: '::', block: '0:0:0:0::/64' },
  { address: '192.0.2.7:50123', block: '192.0.2.7' },
  { address: '[2001:db8:1:2::9]:50123', block: '2001:db8:1:2::/64' },
  { address: 'not an address', block: 'not an address' },
]) {
  test(`counts ${address} under ${block}`, () => {
    expect(addressBlock(address)).toBe(block)
  })
}

/** Proxies that are believed in what they say of a request: who they are, by their addresses. */

import { BlockList, isIP } from 'node:net'

/**
 * Answers whether an address is one of these, or lies in one of these ranges (`10.0.0.0/8`). No address at all is none.
 *
 * @throws {TypeError} if one is neither an IP address nor a range.
 */
export function trustedProxies(proxies: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList()
  for (const proxy of proxies) {
    const [address = '', prefix, ...rest] = proxy.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    const bits = prefix === undefined ? undefined : /^\d{1,3}$/.test(prefix) ? Number(prefix) : NaN
    if (isIP(address) === 0 || rest.length > 0 || (bits !== undefined && !(bits <= (family === 'ipv6' ? 128 : 32)))) {
      throw new TypeError('trusted proxies must be IP addresses or ranges')
    }
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, bits, family)
  }
  return (address = '') => isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}
